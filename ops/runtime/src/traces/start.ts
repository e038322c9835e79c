import type { Log } from '../log.ts';

/** What `tracesSettings` reads. */
export type TracesConfig = {
  readonly OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  readonly OTEL_TRACES_SAMPLER_ARG: number;
};

/**
 * Starts recording when an endpoint is configured; else loads nothing. Whoever brings another SDK
 * with `node --import` leaves the endpoint to it.
 * @param onClose is given what sends the last spans
 */
export async function startTraces(options: {
  role: string;
  config: TracesConfig;
  log: Log;
  onClose: (name: string, close: () => Promise<void>) => void;
}): Promise<void> {
  const { role, config, log, onClose } = options;
  const endpoint = config.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return;
  const { openSdk } = await import('./sdk.ts');
  const ratio = config.OTEL_TRACES_SAMPLER_ARG;
  const sdk = openSdk({ role, endpoint, ratio, log });
  onClose('traces', sdk.close);
  log.info({ ratio }, 'traces are recorded');
}
