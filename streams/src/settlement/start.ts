import { startPosting } from '../posting/start.ts';
import type { Context, Running } from '../runner/context.ts';
import { settlementPlan } from './plan.ts';

export const startSettlement = (context: Context): Promise<Running> =>
  startPosting(context, settlementPlan);
