import { topics, type Codec, type InboundRecord, type PaymentIntent } from '@wallet/schemas';
import { misfit } from '../fraud/screening.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { outcomeSources, sourceOf } from '../outcomes/sources.ts';

/** What counters are made of: an intent, or what became of payments. */
export type Countable =
  | { readonly intent: PaymentIntent; readonly source: number }
  | { readonly outcomes: readonly Outcome[]; readonly source: number };

export const countableTopics = [
  topics.paymentIntents.name,
  ...outcomeSources.map(({ topic }) => topic),
];

/** Null for what the live processors count no more than we do. */
export function readCountable(
  codec: Codec,
  record: InboundRecord,
): { atMs: number; event: Countable } | null {
  if (record.topic === topics.paymentIntents.name) {
    const decoded = codec.decode(topics.paymentIntents, record.value);
    if (!decoded.ok || misfit(decoded.value, record) !== null) return null;
    const intent = decoded.value;
    return { atMs: intent.accepted_at, event: { intent, source: record.partition } };
  }
  const from = sourceOf(record);
  const decoded = from?.source.read(codec, record);
  if (from === null || decoded?.ok !== true) return null;
  const [first] = decoded.value;
  if (first === undefined) return null;
  return { atMs: first.atMs, event: { outcomes: decoded.value, source: from.id } };
}
