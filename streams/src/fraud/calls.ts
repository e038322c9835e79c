import {
  entities,
  featuresPerEntity,
  windows,
  type EntityName,
  type ScreenedPayment,
} from '@wallet/core-ledger';
import { hash32, tagCount, tagOf, velocityKey } from './keys.ts';
import type { RequestBuffer } from './requests.ts';

/** A payment to count and to answer. */
export type CountedPayment = {
  readonly payment: ScreenedPayment;
  readonly intentId: string;
  readonly amountMinor: number;
  readonly acceptedAtMs: number;
  readonly partition: number;
  readonly offset: number;
  /** Filled in catalogue order; NaN where nothing was read. */
  readonly features: Float64Array;
  /** Becomes false when a counter of a wanted entity could not be read in time. */
  complete: boolean;
};

/** One payment at one entity; `entity` is the index in the catalogue. */
type Item = { readonly payment: CountedPayment; readonly entity: number };
/** All payments of a batch at one entity, in order. */
type Visit = { readonly key: string; readonly items: Item[] };
/** One script call: all entities of one hash tag. */
export type Call = {
  readonly visits: Visit[];
  /** `given_up`: the payments were decided without it; an answer that comes later is not read. */
  state: 'open' | 'answered' | 'given_up';
};

/** Told about each answer: the index of the entity and whether it had been counted before. */
export type OnAnswer = (entity: number, result: 'applied' | 'duplicate' | 'failed') => void;

/** Bytes of one payment in a request and of its answer: see velocity.lua. */
const itemBytes = 30;
const answerBytes = 69;
/** Above it a sum is no longer exact; it is cut off there. */
const largestFeature = 2 ** 52 - 1;

/** At most one call for each hash tag; the order of payments is kept within each entity. */
export function groupIntoCalls(
  payments: readonly CountedPayment[],
  wanted: readonly EntityName[],
  keyPrefix: string,
): Call[] {
  const calls = new Array<Call | undefined>(tagCount);
  const visits = new Map<string, Visit>();
  entities.forEach(({ name, idOf }, entity) => {
    if (!wanted.includes(name)) return;
    for (const payment of payments) {
      const id = idOf(payment.payment);
      if (id === null) continue;
      const tag = tagOf(name, id);
      const key = velocityKey(keyPrefix, tag, name, id);
      const visit = visits.get(key);
      if (visit !== undefined) {
        visit.items.push({ payment, entity });
        continue;
      }
      const first: Visit = { key, items: [{ payment, entity }] };
      visits.set(key, first);
      const call = (calls[tag] ??= { visits: [], state: 'open' });
      call.visits.push(first);
    }
  });
  return calls.filter((call) => call !== undefined);
}

/** Writes one EVALSHA for each call. */
export function writeCalls(calls: readonly Call[], digest: string, into: RequestBuffer): void {
  for (const { visits } of calls) {
    into.command(3 + 2 * visits.length);
    into.text('EVALSHA');
    into.text(digest);
    into.text(String(visits.length));
    for (const { key } of visits) into.text(key);
    for (const { items } of visits) {
      into.binary(items.length * itemBytes);
      for (const { payment } of items) {
        into.float64(payment.acceptedAtMs);
        into.float64(payment.amountMinor);
        into.uint16(payment.partition);
        into.float64(payment.offset);
        into.uint32(hash32(payment.intentId));
      }
      into.endBinary();
    }
  }
}

/** Puts the answers of a call into the features of its payments. False: not what was asked for. */
export function readAnswers(bytes: Buffer, call: Call, onAnswer: OnAnswer): boolean {
  const count = call.visits.reduce((sum, { items }) => sum + items.length, 0);
  if (bytes.length !== count * answerBytes) return false;
  let at = 0;
  for (const { items } of call.visits) {
    for (const { payment, entity } of items) {
      const base = entity * featuresPerEntity;
      for (let index = 0; index < windows.length; index += 1, at += 12) {
        payment.features[base + 2 * index] = bytes.readUInt32LE(at);
        const sum = bytes.readDoubleLE(at + 4);
        payment.features[base + 2 * index + 1] = Math.min(sum, largestFeature);
      }
      payment.features[base + 2 * windows.length] = bytes.readDoubleLE(at);
      onAnswer(entity, bytes[at + 8] === 1 ? 'duplicate' : 'applied');
      at += 9;
    }
  }
  call.state = 'answered';
  return true;
}

/** Gives up the calls without an answer and marks their payments. */
export function giveUpOpen(calls: readonly Call[], onAnswer: OnAnswer): void {
  for (const call of calls) {
    if (call.state !== 'open') continue;
    call.state = 'given_up';
    for (const { items } of call.visits) {
      for (const { payment, entity } of items) {
        payment.complete = false;
        onAnswer(entity, 'failed');
      }
    }
  }
}
