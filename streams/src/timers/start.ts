import { createConnection, createLedger, createPaymentTimer } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Context, Running } from '../runner/context.ts';
import { timedEventOf } from './events.ts';
import { timerJobs } from './jobs.ts';
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
    tell: (change) => ({
      topic: topics.paymentEvents.name,
      record: timedEventOf(wire.codec, change, clock.nowMs()),
    }),
  });
  const ledger = createLedger({ db: database, clock });
  const jobs = timerJobs({ payments, ledger, onCommitted: committed.offer });
  const timers = createTimers({ jobs, log, metrics });
  timers.start();
  onClose('timers', () => timers.stop());
  return { problem: () => timers.problem() };
}
