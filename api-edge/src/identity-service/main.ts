import {
  ConfigError,
  createLifecycle,
  createLog,
  createMetrics,
  createStatusServer,
} from '@wallet/runtime';
import { loadIdentityConfig, type IdentityConfig } from './config.ts';
import { giveWay } from './give-way.ts';
import { openIdentity } from './identity.ts';

/** Shorter than the supervisor's patience: a shutdown ends within ten seconds. */
const shutdownDeadlineMs = 9_000;

function readConfig(): IdentityConfig {
  try {
    return loadIdentityConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLog({ role: 'identity', level: config.LOG_LEVEL });
await giveWay(log);
const metrics = createMetrics({ role: 'identity' });
const lifecycle = createLifecycle({ log, deadlineMs: shutdownDeadlineMs });
lifecycle.installSignals();
let problems: () => Promise<string[]> = () => Promise.resolve(['starting']);
try {
  const status = await createStatusServer({
    port: config.STATUS_PORT,
    host: config.STATUS_HOST,
    metrics,
    live: () => true,
    ready: async () => (lifecycle.closing() ? ['shutting down'] : problems()),
  });
  lifecycle.onClose('status server', () => status.close());
  const identity = await openIdentity({ config, metrics, log, onClose: lifecycle.onClose });
  problems = identity.problems;
  log.info({ port: identity.port, status_port: status.port }, 'serving');
} catch (error) {
  await lifecycle.fail('starting failed', error);
}
