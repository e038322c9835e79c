import { startPosting } from '../posting/start.ts';
import type { Context, Running } from '../runner/context.ts';
import { ticketsPlan } from './plan.ts';

export const startTickets = (context: Context): Promise<Running> =>
  startPosting(context, ticketsPlan);
