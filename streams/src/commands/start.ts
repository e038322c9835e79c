import { startPosting } from '../posting/start.ts';
import type { Context, Running } from '../runner/context.ts';
import { commandsPlan } from './plan.ts';

export const startCommands = (context: Context): Promise<Running> =>
  startPosting(context, commandsPlan);
