import { createConnection } from '@wallet/core-ledger';
import type { Context, Running } from '../runner/context.ts';
import { createAskIdentity } from '../runner/identity.ts';
import { createCourier } from './courier.ts';
import { createMeter } from './meter.ts';
import { createOpenSecrets } from './secrets.ts';
import { createSender } from './sender.ts';
import { createSigning } from './signing.ts';
import { readAllowedTargets } from './target.ts';

/** In a process of its own: it alone calls machines of others, and payments do not wait for it. */
export async function startWebhooks(context: Context): Promise<Running> {
  const { settings, database, log, metrics, clock, onClose } = context;
  const openSecrets = createOpenSecrets(createAskIdentity(settings, 'webhooks'));
  const sender = createSender({ allowed: readAllowedTargets(settings.WALLET_WEBHOOK_ALLOW) });
  onClose('webhooks sender', () => sender.close());
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet webhooks',
    role: 'wallet_app',
    settings: { synchronous_commit: 'off' },
  });
  onClose('webhooks connection', () => connection.close());
  const courier = createCourier({
    ...{ database, connection, sender, openSecrets, log, clock },
    meter: createMeter(metrics),
    sign: createSigning(),
  });
  courier.start();
  onClose('webhooks', () => courier.stop());
  return { problem: () => courier.problem() };
}
