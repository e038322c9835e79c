export { systemClock, monotonicMs, type Clock } from './clock.ts';
export { ConfigError, loadConfig, type Config } from './config.ts';
export { setting, settings } from './settings.ts';
export { Fault, isRetriableFault } from './fault.ts';
export { createLifecycle, type Lifecycle } from './lifecycle.ts';
export { createLog, type Log, type LogLevel } from './log.ts';
export {
  createMetrics,
  metricTable,
  type LabelsOf,
  type MetricName,
  type Metrics,
} from './metrics.ts';
export { objectives } from './metrics/objectives.ts';
export { exposePool } from './metrics/pool.ts';
export { backoffMs, retry, type Backoff, type RetryOptions } from './retry.ts';
export {
  annotate,
  arrive,
  beginSpan,
  beginStep,
  endWith,
  step,
  type Arrival,
  type Span,
} from './traces/span.ts';
export { startTraces } from './traces/start.ts';
export { isSampled } from './traces/traceparent.ts';
export { createStatusServer, type StatusServer } from './status-server.ts';
