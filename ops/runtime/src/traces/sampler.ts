import { SpanKind } from '@opentelemetry/api';
import {
  ParentBasedSampler,
  SamplingDecision,
  TraceIdRatioBasedSampler,
  type Sampler,
} from '@opentelemetry/sdk-trace';

/** A trace costs all processes together some 0.2 ms: at most this many a second and instance. */
const mostTracesPerSecond = 50;

/**
 * The share `ratio` of the requests that bring no trace of their own, and every request whose
 * caller records it, together at most so many a second: a caller must not decide what we spend.
 * All later steps follow what the first one decided.
 */
export function createSampler(
  ratio: number,
  options: { perSecond?: number; nowMs?: () => number } = {},
): Sampler {
  const { perSecond = mostTracesPerSecond, nowMs = () => performance.now() } = options;
  const inner = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) });
  let second = -1;
  let taken = 0;
  const hasRoom = (): boolean => {
    const now = Math.floor(nowMs() / 1_000);
    if (now !== second) [second, taken] = [now, 0];
    return (taken += 1) <= perSecond;
  };
  return {
    shouldSample(...asked) {
      const result = inner.shouldSample(...asked);
      const kind = asked[3];
      const begins = kind === SpanKind.SERVER && result.decision !== SamplingDecision.NOT_RECORD;
      return begins && !hasRoom() ? { decision: SamplingDecision.NOT_RECORD } : result;
    },
    toString: () => `${inner.toString()}, at most ${perSecond} a second`,
  };
}
