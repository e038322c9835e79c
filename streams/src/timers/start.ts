import {
  collectDebts,
  createClearing,
  createConnection,
  createLedger,
  createPaymentTimer,
  createRefundRetry,
} from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import { createDisputeTimer } from '../commands/dispute-timer.ts';
import { createDesk } from '../posting/posting.ts';
import { refundEventOf } from '../posting/refund-event.ts';
import type { Context, Running } from '../runner/context.ts';
import { createTicketFinder } from '../tickets/ticket-finder.ts';
import { createTicketTimer } from '../tickets/ticket-timer.ts';
import { timedEventsOf } from './events.ts';
import { timerJobs } from './jobs.ts';
import { createSandboxRail } from './sandbox-rail.ts';
import { createSettlementWindows } from './settlement-windows.ts';
import { createTimers } from './timers.ts';

export async function startTimers(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, onClose, committed } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet timers',
    role: 'wallet_app',
  });
  onClose('timers connection', () => connection.close());
  const payments = createPaymentTimer({
    connection,
    tell: (change, review) => timedEventsOf(wire.codec, change, review, clock.nowMs()),
  });
  const ledger = createLedger({ db: database, clock });
  const clearing = createClearing({ connection });
  const refunds = createRefundRetry({
    ...{ connection, db: database.knex },
    tell: (outcome) => ({
      topic: topics.refundEvents.name,
      record: refundEventOf(wire.codec, outcome, { occurredAtMs: clock.nowMs(), headers: {} }),
    }),
  });
  const desk = createDesk({ codec: wire.codec, clock, database });
  const publisher = wire.createPublisher();
  onClose('timers publisher', () => publisher.close());
  const asking = { database, publisher, codec: wire.codec, clock };
  const jobs = timerJobs({
    ...{ payments, ledger, clearing, refunds },
    // Outside of the sandbox real banks answer.
    rail: settings.WALLET_SANDBOX ? createSandboxRail(asking) : null,
    settlements: createSettlementWindows(asking),
    disputes: createDisputeTimer({ connection, database, desk }),
    tickets: createTicketTimer({ connection, database, desk }),
    findTickets: createTicketFinder({ ...asking, admin: wire.admin }),
    debts: (limit) => collectDebts(database.knex, limit),
    onCommitted: committed.offer,
  });
  const timers = createTimers({ jobs, log, metrics });
  timers.start();
  onClose('timers', () => timers.stop());
  return { problem: () => timers.problem() };
}
