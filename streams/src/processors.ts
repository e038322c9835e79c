import { startBacktests } from './backtests/start.ts';
import { startCommands } from './commands/start.ts';
import { startEmails } from './emails/start.ts';
import { startFraud } from './fraud/start.ts';
import { startMonitor } from './monitor/start.ts';
import { startNotifications } from './notifications/start.ts';
import { startOutbox } from './outbox/start.ts';
import { startOutcomes } from './outcomes/start.ts';
import type { Context, Running } from './runner/context.ts';
import type { ProcessorName } from './settings.ts';
import { startShadow } from './shadow/start.ts';
import { startSettlement } from './settlement/start.ts';
import { startWebhooks } from './webhooks/start.ts';
import { startTickets } from './tickets/start.ts';
import { startTimers } from './timers/start.ts';

/** Everything this package does, one line a processor. */
export const processors: Readonly<Record<ProcessorName, (context: Context) => Promise<Running>>> = {
  /** payment-intents → payment-scored, with the velocity counters of Redis */
  fraud: startFraud,
  /** payment-scored → the ledger and the outbox, in one transaction a batch */
  settlement: startSettlement,
  /** wallet-intents and all other intents → the same, likewise */
  commands: startCommands,
  /** ticket-intents → tickets, likewise */
  tickets: startTickets,
  /** the outbox → the event topics */
  outbox: startOutbox,
  /** events of payments, reviews and disputes → the counters that rules read */
  outcomes: startOutcomes,
  /** events → inboxes, and what is due by webhook and e-mail */
  notifications: startNotifications,
  /** ends what nobody ended before its deadline, with its events */
  timers: startTimers,
  /** payment-intents and all events again, through two rule sets, for those who asked */
  backtests: startBacktests,
  /** payment-scored → what sets in shadow would have said */
  shadow: startShadow,
  /** deliveries of webhooks → machines of others */
  webhooks: startWebhooks,
  /** notifications → the addresses of those who want e-mails */
  emails: startEmails,
  /** watches all of the above, and the ledger, from outside */
  monitor: startMonitor,
};
