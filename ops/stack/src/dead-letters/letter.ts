import type { HandledLetter, LetterPlace } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';

/** A record that a processor could not use, as the operator sees it. */
export type Letter = {
  readonly place: LetterPlace;
  readonly record: InboundRecord;
  readonly why: string;
  readonly detail: string;
  readonly attempts: number;
  /** Null while nobody did anything about it. */
  readonly handled: HandledLetter | null;
};

const header = 'dead-letter-';

export function letterOf(
  topic: string,
  record: InboundRecord,
  handled: HandledLetter | undefined,
): Letter {
  const { partition, offset, headers } = record;
  return {
    place: { topic, partition, offset },
    record,
    why: headers[`${header}reason`] ?? 'unknown',
    detail: headers[`${header}detail`] ?? '',
    attempts: Number(headers[`${header}attempts`] ?? 1),
    handled: handled ?? null,
  };
}

/** As a command takes it: `payment-scored/3/17`. */
export function nameOf({ topic, partition, offset }: LetterPlace): string {
  return `${topic}/${partition}/${offset}`;
}

export function readName(text: string): LetterPlace | null {
  const [, topic, partition, offset] = /^([a-z-]+)\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? [];
  if (topic === undefined) return null;
  return { topic, partition: Number(partition), offset: Number(offset) };
}

/** The record as it was before it became a dead letter, with where it comes from now. */
export function originalHeaders({ record, place }: Letter): Record<string, string> {
  const own = Object.entries(record.headers).filter(([name]) => !name.startsWith(header));
  return { ...Object.fromEntries(own), 'redriven-from': nameOf(place) };
}
