import type { OutcomeKind } from '@wallet/core-ledger';
import { Fault, type Log, type Metrics } from '@wallet/runtime';
import type { Codec, InboundRecord, OutboundRecord, Publisher } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import type { Told } from './recorder.ts';
import { sourceOf } from './sources.ts';

export const outcomesGroup = 'outcomes';

/**
 * Feeds what became of payments back into the counters that rules read. It keeps nothing: the
 * counters themselves know which events they have seen. What cannot be read becomes a dead letter.
 * Throws the faults of the recorder and of the publisher; the same batch may then be given again.
 * @param deps.isWanted kinds that would cost something at every payment are counted on demand
 */
export function createOutcomesProcessor(deps: {
  codec: Codec;
  publisher: Pick<Publisher, 'publishAll'>;
  recorder: (told: readonly Told[]) => Promise<void>;
  isWanted: (kind: OutcomeKind) => boolean;
  log: Log;
  metrics: Metrics;
}): { handle: Handler } {
  const { codec, publisher, recorder, log, metrics } = deps;
  const stage = 'outcomes';

  function readBatch(records: readonly InboundRecord[]) {
    const told: Told[] = [];
    const unreadable: OutboundRecord[] = [];
    for (const record of records) {
      const from = sourceOf(record);
      if (from === null) continue;
      const decoded = from.source.read(codec, record);
      if (decoded.ok) {
        for (const outcome of decoded.value)
          if (deps.isWanted(outcome.kind))
            told.push({ outcome, source: from.id, offset: record.offset });
        continue;
      }
      const { reason, detail } = decoded;
      if (reason === 'schema_not_loaded') throw new Fault(reason, detail, { retriable: true });
      const { topic, partition, offset } = record;
      log.error({ topic, partition, offset, reason }, 'event cannot be read: dead letter');
      unreadable.push(deadLetterOf(record, { reason, detail, attempts: 1 }));
    }
    return { told, unreadable };
  }

  return {
    async handle(records) {
      await codec.load(records);
      const { told, unreadable } = readBatch(records);
      await recorder(told);
      if (unreadable.length > 0) await publisher.publishAll(unreadable);
      for (const { outcome } of told)
        metrics.inc('wallet_fraud_outcomes_total', { kind: outcome.kind });
      const done = records.length - unreadable.length;
      metrics.inc('wallet_stage_records_total', { stage, outcome: 'done' }, done);
      metrics.inc(
        'wallet_stage_records_total',
        { stage, outcome: 'dead_letter' },
        unreadable.length,
      );
      return positionsBehind(records);
    },
  };
}
