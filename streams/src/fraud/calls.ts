import { distinctWindows, windows } from '@wallet/core-ledger';
import type { Counted } from './counted.ts';
import { hash32, tagOf, velocityKey } from './keys.ts';
import { keyEndings, windowBytes, type EntityPlan, type VelocityPlan } from './plan.ts';
import type { RequestBuffer } from '@wallet/runtime/redis';

/** All items of a batch at one entity, in order. */
type Visit = {
  readonly tag: number;
  readonly key: string;
  readonly plan: EntityPlan;
  readonly items: Counted[];
};
/** One script call: entities of one hash tag, or of any where there is no cluster. */
export type Call = {
  readonly tag: number;
  readonly visits: Visit[];
  /** Sent instead of it, when it turned out that there is a cluster. */
  parts: readonly Call[];
  /** `given_up`: the payments were decided without it; an answer that comes later is not read. */
  state: 'open' | 'answered' | 'given_up';
};

/** Told about each answer: the index of the entity and whether it had been counted before. */
export type OnAnswer = (entity: number, result: 'applied' | 'duplicate' | 'failed') => void;

/** Bytes of a request and of its answer: see velocity.lua. */
const headerBytes = 4;
const itemBytes = 30;
const memberBytes = 4;
const windowsBytes = windows.length * windowBytes;
/** Behind the windows stands what is to be added to each. */
const seriesBytes = windowsBytes + windowBytes;
const itemAnswerBytes = seriesBytes + 9;
const unknownNewness = 255;
/** Modes of a visit, and what its items may be. */
const [looks, counts, records] = [0, 1, 2];
const [, duplicate, broken] = [0, 1, 2];
/** Nobody else is served during a call: some 2 ms of Redis. */
const visitsAtOnce = 96;
const endings = keyEndings.join(' ');
/** Above it a sum is no longer exact; it is cut off there. */
const largestFeature = 2 ** 52 - 1;

/**
 * Few calls for many items; the order of items is kept within each entity.
 * @param prefixAt what stands before the keys of items of that time
 * @param byTag whether each hash tag needs calls of its own, as in a cluster
 */
export function groupIntoCalls(
  items: readonly Counted[],
  plan: VelocityPlan,
  prefixAt: (atMs: number) => string,
  byTag: boolean,
): Call[] {
  const visits = new Map<string, Visit>();
  for (const entityPlan of plan) {
    const { name, idOf } = entityPlan;
    for (const item of items) {
      const id = idOf(item.payment);
      if (id === null) continue;
      const tag = tagOf(name, id);
      const key = velocityKey(prefixAt(item.atMs), tag, name, id);
      const visit = visits.get(key);
      if (visit !== undefined) visit.items.push(item);
      else visits.set(key, { tag, key, plan: entityPlan, items: [item] });
    }
  }
  return callsOf([...visits.values()], byTag);
}

function callsOf(visits: readonly Visit[], byTag: boolean): Call[] {
  const calls: Call[] = [];
  const open: Call[] = [];
  for (const visit of visits) {
    const group = byTag ? visit.tag : 0;
    let call = open[group];
    if (call === undefined || call.visits.length === visitsAtOnce) {
      call = { tag: visit.tag, visits: [], parts: [], state: 'open' };
      open[group] = call;
      calls.push(call);
    }
    call.visits.push(visit);
  }
  return calls;
}

/** Sends parts of one tag each instead of a call that a cluster has refused. */
export function divide(call: Call): readonly Call[] {
  call.parts = callsOf(call.visits, true);
  return call.parts;
}

export type Mode = 'count' | 'peek';

/** Writes one EVALSHA for a call. */
export function writeCall({ visits }: Call, digest: string, mode: Mode, into: RequestBuffer): void {
  into.command(4 + 2 * visits.length);
  into.text('EVALSHA');
  into.text(digest);
  into.text(String(visits.length));
  for (const { key } of visits) into.text(key);
  into.text(endings);
  for (const visit of visits) writeVisit(visit, mode, into);
}

function writeVisit({ items, plan }: Visit, mode: Mode, into: RequestBuffer): void {
  const { sets, outcomes, records: recorded } = plan;
  const endingsBytes = sets.length + outcomes.length;
  const eachBytes = itemBytes + sets.length * memberBytes;
  into.binary(headerBytes + endingsBytes + items.length * eachBytes);
  into.uint8(mode === 'peek' ? looks : recorded === null ? counts : records);
  into.uint8(recorded ?? 0);
  into.uint8(sets.length);
  into.uint8(outcomes.length);
  for (const { ending } of sets) into.uint8(ending);
  for (const { ending } of outcomes) into.uint8(ending);
  for (const { payment, atMs, amountMinor, partition, offset, id } of items) {
    into.float64(atMs);
    into.float64(amountMinor);
    into.uint16(partition);
    into.float64(offset);
    into.uint32(hash32(id));
    for (const { memberOf } of sets) {
      const member = memberOf(payment);
      // 0 stands for none.
      into.uint32(member === null ? 0 : Math.max(1, hash32(member)));
    }
  }
  into.endBinary();
}

/**
 * Puts the answers of a call into the features of its items. Returns how many entities could not be
 * read, because something else stands under their keys; null: this is not what was asked for.
 */
export function readAnswers(bytes: Buffer, call: Call, onAnswer: OnAnswer): number | null {
  let expected = 0;
  for (const visit of call.visits) expected += answerBytes(visit);
  if (bytes.length !== expected) return null;
  let at = 0;
  let unread = 0;
  for (const visit of call.visits) {
    if (bytes[at + itemAnswerBytes - 1] === broken) {
      giveUp(visit, onAnswer);
      unread += 1;
    } else readVisit(bytes, at, visit, onAnswer);
    at += answerBytes(visit);
  }
  call.state = 'answered';
  return unread;
}

function answerBytes({ items, plan: { sets, outcomes } }: Visit): number {
  const each = itemAnswerBytes + sets.length * memberBytes + outcomes.length * seriesBytes;
  return items.length * each;
}

function readVisit(bytes: Buffer, from: number, visit: Visit, onAnswer: OnAnswer): void {
  const { entity, firstFeature, sets, outcomes } = visit.plan;
  let at = from;
  for (const { features } of visit.items) {
    let feature = firstFeature;
    const since = bytes.readUInt32LE(at + windowsBytes);
    const sinceSum = bytes.readDoubleLE(at + windowsBytes + 4);
    for (let window = 0; window < windows.length; window += 1, at += windowBytes) {
      features[feature++] = bytes.readUInt32LE(at) + since;
      features[feature++] = Math.min(bytes.readDoubleLE(at + 4) + sinceSum, largestFeature);
    }
    at += windowBytes;
    features[feature] = bytes.readDoubleLE(at);
    onAnswer(entity, bytes[at + 8] === duplicate ? 'duplicate' : 'applied');
    at += 9;
  }
  for (const { firstFeature: first } of sets) {
    for (const { features } of visit.items) {
      for (let window = 0; window < distinctWindows.length; window += 1)
        features[first + window] = bytes[at++] ?? NaN;
      const newness = bytes[at++];
      features[first + distinctWindows.length] =
        newness === unknownNewness ? NaN : (newness ?? NaN);
    }
  }
  for (const { places } of outcomes) {
    for (const { features } of visit.items) {
      const since = at + windowsBytes;
      for (const { at: place, isSum, feature } of places)
        features[feature] = isSum
          ? Math.min(bytes.readDoubleLE(at + place) + bytes.readDoubleLE(since + 4), largestFeature)
          : bytes.readUInt32LE(at + place) + bytes.readUInt32LE(since);
      at += seriesBytes;
    }
  }
}

/** Gives up the calls without an answer and marks their items. */
export function giveUpOpen(calls: readonly Call[], onAnswer: OnAnswer): void {
  for (const call of calls) {
    if (call.parts.length > 0) giveUpOpen(call.parts, onAnswer);
    else if (call.state === 'open') for (const visit of call.visits) giveUp(visit, onAnswer);
    if (call.state === 'open') call.state = 'given_up';
  }
}

function giveUp({ items, plan }: Visit, onAnswer: OnAnswer): void {
  for (const item of items) {
    item.complete = false;
    onAnswer(plan.entity, 'failed');
  }
}
