import type { Connection } from '@wallet/core-ledger';
import { beginSpan, beginStep, endWith, isSampled, type Span } from '@wallet/runtime';
import type { InboundRecord } from '@wallet/schemas';
import type { Wrapper } from './handler.ts';

/**
 * Each record whose trace is recorded gets a step of its own, and is handed on as if it came from
 * there: whatever carries its headers on carries the trace. What the batch does by itself (its
 * transaction, its counters) stands below the first of them, to which the others link. Records
 * that nobody traces cost a look at one letter.
 */
export function withTraces(stage: string): Wrapper {
  return (handler) => async (records) => {
    const steps: Span[] = [];
    const given = records.map((record) => {
      const span = beginRecord(stage, record, { records: records.length, first: steps[0] });
      if (span === null) return record;
      steps.push(span);
      return { ...record, headers: { ...record.headers, traceparent: span.traceparent } };
    });
    const [first] = steps;
    if (first === undefined) return handler(records);
    const end = (error?: unknown): void => {
      for (const span of steps) span.end(error);
    };
    try {
      const positions = await first.around(() => handler(given));
      end();
      return positions;
    } catch (error) {
      end(error);
      throw error;
    }
  };
}

function beginRecord(
  stage: string,
  { topic, partition, offset, headers }: InboundRecord,
  batch: { records: number; first: Span | undefined },
): Span | null {
  const { traceparent } = headers;
  if (!isSampled(traceparent)) return null;
  return beginSpan(`process ${topic}`, {
    kind: 'consumer',
    parent: traceparent,
    links: batch.first === undefined ? [] : [batch.first.traceparent],
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'process',
      'messaging.destination.name': topic,
      'messaging.destination.partition.id': String(partition),
      'messaging.consumer.group.name': stage,
      'messaging.kafka.offset': offset,
      'messaging.batch.message_count': batch.records,
      'wallet.request_id': headers['request-id'] ?? '',
    },
  });
}

/** The connection of a stage; a transaction is a step of the trace of the batch that runs it. */
export function withTransactionSteps(connection: Connection): Connection {
  return {
    ...connection,
    async begin(statements) {
      const span = beginStep('postgres transaction', { 'db.system.name': 'postgresql' });
      if (span === null) return connection.begin(statements);
      try {
        const transaction = await connection.begin(statements);
        return {
          ...transaction,
          commit: (last) => endWith(span, transaction.commit(last)),
          rollback: () => endWith(span, transaction.rollback()),
        };
      } catch (error) {
        span.end(error);
        throw error;
      }
    },
  };
}
