import { isSampled, type Clock, type LabelsOf, type Metrics } from '@wallet/runtime';
import type { Wrapper } from './handler.ts';

export type Stage = LabelsOf<'wallet_stage_batch_records'>['stage'];

/** Observes each batch: its size, how long its oldest record waited, how long it took. */
export function withMetrics(stage: Stage, metrics: Metrics, clock: Clock): Wrapper {
  return (handler) => async (records) => {
    const startedAtMs = clock.nowMs();
    const started = performance.now();
    let oldestMs = startedAtMs;
    for (const { timestampMs } of records) oldestMs = Math.min(oldestMs, timestampMs);
    metrics.observe('wallet_stage_batch_records', { stage }, records.length);
    metrics.observe('wallet_stage_queue_wait_seconds', { stage }, (startedAtMs - oldestMs) / 1_000);
    const positions = await handler(records);
    const seconds = (performance.now() - started) / 1_000;
    const traced = records.find(({ headers }) => isSampled(headers['traceparent']));
    const traceparent = traced?.headers['traceparent'];
    metrics.observe('wallet_stage_processing_seconds', { stage }, seconds, traceparent);
    return positions;
  };
}
