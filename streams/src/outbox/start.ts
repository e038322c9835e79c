import { createConnection } from '@wallet/core-ledger';
import type { Context, Running } from '../runner/context.ts';
import { createRelay } from './relay.ts';

/** The money has moved already: events may share requests that would cost more alone. */
const gapMs = 30;

export async function startOutbox(context: Context): Promise<Running> {
  const { settings, wire, log, metrics, onClose, committed } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet outbox',
    role: 'wallet_app',
    settings: { synchronous_commit: 'off' },
  });
  onClose('outbox connection', () => connection.close());
  const publisher = wire.createPublisher({ sender: 'outbox' });
  onClose('outbox publisher', () => publisher.close());
  const relay = createRelay({ connection, publisher, log, metrics, gapMs });
  committed.listen((batches) => relay.offer(batches));
  relay.start();
  onClose('outbox', () => relay.stop());
  return { problem: () => relay.problem() };
}
