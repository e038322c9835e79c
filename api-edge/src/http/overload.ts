import { monotonicMs, type Metrics } from '@wallet/runtime';
import type Koa from 'koa';
import { refuse } from '../problems.ts';
import { writeProblem } from './write-answer.ts';

export type OverloadLimits = {
  /** Requests being worked on; waiting clients do not count. */
  maxInFlight: number;
  /** How late the event loop may run. */
  maxLoopDelayMs: number;
};

export type OverloadGuard = {
  readonly middleware: Koa.Middleware;
  close(): void;
};

/** How often the event loop is measured; its delay is known this late at most. */
const samplePeriodMs = 20;

/**
 * Turns requests away before anything is read or accepted, when too many are under way or the
 * event loop runs late: under overload the queue forms here, long before Kafka's.
 */
export function createOverloadGuard(options: {
  limits: OverloadLimits;
  metrics: Metrics;
}): OverloadGuard {
  const { limits, metrics } = options;
  let inFlight = 0;
  let loopDelayMs = 0;
  let expectedMs = monotonicMs() + samplePeriodMs;
  const sampler = setInterval(() => {
    const nowMs = monotonicMs();
    // Smoothed, so that one long garbage collection turns nobody away.
    loopDelayMs += (Math.max(0, nowMs - expectedMs) - loopDelayMs) / 4;
    expectedMs = nowMs + samplePeriodMs;
  }, samplePeriodMs);
  sampler.unref();
  metrics.beforeExpose(() => metrics.set('wallet_http_requests_in_flight', {}, inFlight));

  return {
    async middleware(context, next) {
      const full = inFlight >= limits.maxInFlight;
      if (full || loopDelayMs > limits.maxLoopDelayMs) {
        metrics.inc('wallet_requests_shed_total', { reason: full ? 'in_flight' : 'event_loop' });
        writeProblem(context, refuse('overloaded'));
        return;
      }
      inFlight += 1;
      let holdsPlace = true;
      const leavePlace = (): void => {
        if (holdsPlace) inFlight -= 1;
        holdsPlace = false;
      };
      context.state.leavePlace = leavePlace;
      try {
        await next();
      } finally {
        leavePlace();
      }
    },
    close: () => clearInterval(sampler),
  };
}
