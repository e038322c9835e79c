import { startFraud } from './fraud/start.ts';
import { startMonitor } from './monitor/start.ts';
import { startNotifications } from './notifications/start.ts';
import { startOutbox } from './outbox/start.ts';
import type { Context, Running } from './runner/context.ts';
import type { ProcessorName } from './settings.ts';
import { startSettlement } from './settlement/start.ts';
import { startTimers } from './timers/start.ts';

/** Everything this package does, one line a processor. */
export const processors: Readonly<Record<ProcessorName, (context: Context) => Promise<Running>>> = {
  /** payment-intents → payment-scored, with the velocity counters of Redis */
  fraud: startFraud,
  /** payment-scored, wallet-intents → the ledger and the outbox, in one transaction a batch */
  settlement: startSettlement,
  /** the outbox → the event topics */
  outbox: startOutbox,
  /** payment-events → inboxes */
  notifications: startNotifications,
  /** ends what nobody ended before its deadline, with its events */
  timers: startTimers,
  /** watches all of the above, and the ledger, from outside */
  monitor: startMonitor,
};
