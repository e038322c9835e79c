import { createConnection } from '@wallet/core-ledger';
import type { Context, Running } from '../runner/context.ts';
import { createRelay } from './relay.ts';

export async function startOutbox(context: Context): Promise<Running> {
  const { settings, wire, log, metrics, onClose, committed } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet outbox',
    settings: { synchronous_commit: 'off' },
  });
  onClose('outbox connection', () => connection.close());
  const publisher = wire.createPublisher();
  onClose('outbox publisher', () => publisher.close());
  const relay = createRelay({ connection, publisher, log, metrics });
  committed.listen((batches) => relay.offer(batches));
  relay.start();
  onClose('outbox', () => relay.stop());
  return { problem: () => relay.problem() };
}
