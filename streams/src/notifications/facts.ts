import type { PartiesFact } from '@wallet/core-ledger';
import { Fault, type Log, type Metrics } from '@wallet/runtime';
import type { Codec, InboundRecord, Publisher } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';
import { readFact } from './sources.ts';

/** What an event tells its parties, and the trace it belongs to. */
export type ToldFact = { fact: PartiesFact; traceparent: string | null };

/** Reads events; those that nobody can read become dead letters. */
export function createFactReader(deps: {
  codec: Codec;
  publisher: Publisher;
  log: Log;
  metrics: Metrics;
}): (records: readonly InboundRecord[]) => Promise<ToldFact[]> {
  const { codec, publisher, log, metrics } = deps;

  async function putAside(record: InboundRecord, reason: string, detail: string): Promise<void> {
    const { topic, partition, offset } = record;
    log.error({ topic, partition, offset, reason }, 'event cannot be read: dead letter');
    metrics.inc('wallet_stage_records_total', { stage: 'notifications', outcome: 'dead_letter' });
    await publisher.publish(deadLetterOf(record, { reason, detail, attempts: 1 }));
  }

  async function read(records: readonly InboundRecord[]): Promise<ToldFact[]> {
    await codec.load(records);
    const told: ToldFact[] = [];
    for (const record of records) {
      const decoded = readFact(codec, record);
      const traceparent = record.headers.traceparent ?? null;
      if (decoded.ok) told.push({ fact: decoded.value, traceparent });
      else if (decoded.reason === 'schema_not_loaded')
        throw new Fault(decoded.reason, decoded.detail, { retriable: true });
      else await putAside(record, decoded.reason, decoded.detail);
    }
    return told;
  }

  return read;
}
