import {
  ConfigError,
  createLifecycle,
  createLog,
  createMetrics,
  createStatusServer,
  startTraces,
} from '@wallet/runtime';
import { loadEdgeConfig, type EdgeConfig } from './config.ts';
import { openEdge } from './edge.ts';

/** Shorter than the supervisor's patience: a shutdown ends within ten seconds. */
const shutdownDeadlineMs = 9_000;

function readConfig(): EdgeConfig {
  try {
    return loadEdgeConfig();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const log = createLog({ role: 'edge', level: config.LOG_LEVEL });
const exemplars = config.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
const metrics = createMetrics({ role: 'edge', exemplars });
const lifecycle = createLifecycle({ log, deadlineMs: shutdownDeadlineMs });
lifecycle.installSignals();
await startTraces({ role: 'edge', config, log, onClose: lifecycle.onClose });
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
  const edge = await openEdge({ config, metrics, log, onClose: lifecycle.onClose });
  problems = edge.problems;
  log.info({ port: edge.port, status_port: status.port }, 'serving');
} catch (error) {
  await lifecycle.fail('starting failed', error);
}
