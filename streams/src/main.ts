import { assertSchemaCurrent, createDatabase, isRetriable } from '@wallet/core-ledger';
import {
  ConfigError,
  createLifecycle,
  createLog,
  createMetrics,
  createStatusServer,
  exposePool,
  retry,
  startTraces,
  systemClock,
} from '@wallet/runtime';
import { createWire } from '@wallet/schemas';
import { processors } from './processors.ts';
import { createCommitted, type Running } from './runner/context.ts';
import { readProcessors, readSettings, roleOf } from './settings.ts';

/** Shorter than the supervisor's patience (15 s). */
const shutdownDeadlineMs = 10_000;

/** The composition root: opens what the processors share, starts those that the flag names. */
async function main(): Promise<void> {
  const names = readProcessors(process.argv.slice(2));
  const settings = readSettings();
  const role = roleOf(names);
  const log = createLog({ role, level: settings.LOG_LEVEL });
  const exemplars = settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined;
  const metrics = createMetrics({ role, exemplars });
  const lifecycle = createLifecycle({ log, deadlineMs: shutdownDeadlineMs });
  lifecycle.installSignals();
  await startTraces({ role, config: settings, log, onClose: lifecycle.onClose });
  const stopping = new AbortController();
  const running: Running[] = [];

  const problems = async (): Promise<string[]> => {
    if (lifecycle.closing()) return ['shutting down'];
    if (running.length < names.length) return ['starting'];
    return running.flatMap((processor) => processor.problem() ?? []);
  };
  const status = await createStatusServer({
    port: settings.STATUS_PORT,
    host: settings.STATUS_HOST,
    metrics,
    live: () => true,
    ready: problems,
  });
  lifecycle.onClose('status server', () => status.close());

  const database = createDatabase({
    url: settings.DATABASE_URL,
    applicationName: `wallet ${role}`,
    role: 'wallet_app',
    onError: (error) => log.warn({ err: error }, 'an idle database connection broke'),
    onConnectionWait: (waitMs) =>
      metrics.observe('wallet_database_pool_wait_seconds', {}, waitMs / 1_000),
  });
  exposePool(metrics, () => database.connections());
  lifecycle.onClose('database', () => database.close());
  const { signal } = stopping;
  const patiently = { baseMs: 100, maxMs: 3_000, retriable: isRetriable, signal };
  await retry(patiently, () => assertSchemaCurrent(database));
  const wire = await createWire({
    brokers: settings.KAFKA_BROKERS,
    registryUrl: settings.SCHEMA_REGISTRY_URL,
    clientId: `wallet-${role}`,
    topicPrefix: settings.KAFKA_TOPIC_PREFIX,
    ...{ log, metrics, signal },
  });
  lifecycle.onClose('wire', () => wire.close());

  const context = {
    ...{ settings, wire, database, log, metrics, signal },
    clock: systemClock,
    committed: createCommitted(),
    onFatal: (error: unknown) => void lifecycle.fail('a stage ended', error),
    onClose: lifecycle.onClose,
  };
  for (const name of names) running.push(await retry(patiently, () => processors[name](context)));
  // Closed first: loops stop waiting before their subscriptions stop.
  lifecycle.onClose('waits', () => stopping.abort());
  log.info({ processors: names, statusPort: status.port }, 'ready');
}

main().catch((error: unknown) => {
  const expected = error instanceof ConfigError || error instanceof RangeError;
  console.error(expected ? error.message : error);
  process.exit(expected ? 2 : 1);
});
