import { beginSpan, isSampled, type Span } from '@wallet/runtime';
import type { OutboundRecord } from './record.ts';

/**
 * The sending of a record whose trace is recorded, from here to the word of all in-sync replicas;
 * the record then names it as the step it comes from. Null for every other record.
 */
export function beginSend(
  record: OutboundRecord,
  sender: string | undefined,
): { span: Span; record: OutboundRecord } | null {
  const { topic, headers } = record;
  const parent = headers?.['traceparent'];
  if (!isSampled(parent)) return null;
  const span = beginSpan(`publish ${topic}`, {
    kind: 'producer',
    parent,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.operation.type': 'send',
      'messaging.destination.name': topic,
      ...(sender === undefined ? {} : { 'wallet.sender': sender }),
    },
  });
  if (span === null) return null;
  return { span, record: { ...record, headers: { ...headers, traceparent: span.traceparent } } };
}
