import { context, diag, DiagLogLevel, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import { createSampler } from './sampler.ts';

/** What is recorded leaves within this time; a crash loses no more than that. */
const exportEveryMs = 1_000;
/** A collector that does not answer must not hold up the end of a process. */
const exportTimeoutMs = 3_000;
/** One line about failing exports in this time: they fail together. */
const quietMs = 60_000;

/** Opens the SDK of this process; its end sends what is left. */
export function openSdk(options: { role: string; endpoint: string; ratio: number; log: Log }): {
  close(): Promise<void>;
} {
  const { role, endpoint, ratio, log } = options;
  listenToFaults(log);
  const exporter = new OTLPTraceExporter({
    url: new URL('v1/traces', endpoint.endsWith('/') ? endpoint : `${endpoint}/`).href,
    timeoutMillis: exportTimeoutMs,
  });
  const processor = new BatchSpanProcessor({
    exporter,
    scheduledDelayMillis: exportEveryMs,
    exportTimeoutMillis: exportTimeoutMs,
  });
  const provider = new TracerProvider({
    sampler: createSampler(ratio),
    resource: resourceFromAttributes({
      'service.namespace': 'wallet',
      'service.name': `wallet-${role.split(':', 1)[0]}`,
      'service.instance.id': `${role}/${process.pid}`,
    }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
  return { close: () => provider.shutdown() };
}

/** The SDK tells of its own troubles here: spans are lost then, nothing else. */
function listenToFaults(log: Log): void {
  let toldAtMs = -quietMs;
  const tell = (message: string): void => {
    if (performance.now() - toldAtMs < quietMs) return;
    toldAtMs = performance.now();
    log.warn({ problem: message }, 'traces are lost: they cannot be exported');
  };
  const nothing = (): void => undefined;
  const logger = { error: tell, warn: tell, info: nothing, debug: nothing, verbose: nothing };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
