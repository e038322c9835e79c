import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Metrics } from '../metrics.ts';

/** Milliseconds between two looks at the event loop: fine enough to see a 20 ms stall. */
const loopResolutionMs = 10;
const nanosecondsPerSecond = 1e9;

/** Fills the process gauges at each scrape; the event loop is watched from now on. */
export function sampleProcess(metrics: Metrics, build: { process: string; version: string }): void {
  const delay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  delay.enable();
  const startSeconds = Date.now() / 1000 - process.uptime();
  let countedCpuSeconds = 0;
  metrics.beforeExpose(() => {
    const { user, system } = process.cpuUsage();
    const cpuSeconds = (user + system) / 1e6;
    metrics.inc('process_cpu_seconds_total', {}, cpuSeconds - countedCpuSeconds);
    countedCpuSeconds = cpuSeconds;
    const memory = process.memoryUsage();
    metrics.set('process_resident_memory_bytes', {}, memory.rss);
    metrics.set('nodejs_heap_used_bytes', {}, memory.heapUsed);
    metrics.set('process_start_time_seconds', {}, startSeconds);
    metrics.set('wallet_build_info', { ...build, node: process.version }, 1);
    const lag = { p50: delay.percentile(50), p99: delay.percentile(99), max: delay.max };
    for (const quantile of ['p50', 'p99', 'max'] as const) {
      // The histogram counts the timer's own period; what is above it is the lag.
      const seconds = lag[quantile] / nanosecondsPerSecond - loopResolutionMs / 1000;
      metrics.set('wallet_event_loop_lag_seconds', { quantile }, Math.max(0, seconds));
    }
    delay.reset();
  });
}
