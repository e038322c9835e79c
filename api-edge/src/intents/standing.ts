import type { KnownIntent } from '@wallet/core-ledger';
import { step } from '@wallet/runtime';
import type { Call } from '../http/call.ts';
import { refuse, type Refusal } from '../problems.ts';
import type { BatchedRead } from './batched-read.ts';
import type { Completeness, Trust } from './completeness.ts';
import type { RecentIntents } from './recent-intents.ts';
import type { Recollection, Remembered, SharedMemory } from './shared-memory.ts';

/** What a request's key stands for, before anything is published. */
export type Standing =
  /**
   * `known` false: Redis could not be asked, so nobody else knows of this request either. `unsure`:
   * an earlier try may be on its way through Kafka; it is that one which counts.
   */
  | { state: 'new'; known: boolean; unsure: boolean }
  | { state: 'refused'; refusal: Refusal }
  /** `intent` is the framed Avro intent; null when only the ledger remembers. */
  | { state: 'accepted'; intent: Buffer | null; acceptedAtMs: number };

export type StandingDependencies = {
  memory: SharedMemory;
  completeness: Completeness;
  /** What this instance has accepted of late, framed Avro by id. */
  recent: RecentIntents;
  findIntent: BatchedRead<KnownIntent>;
  findEndedSession: BatchedRead<true>;
};

export type Request = {
  call: Call<unknown, unknown, unknown>;
  id: string;
  payloadHash: Buffer;
  /** Hash and time of a framed intent. */
  readIntent(bytes: Buffer): Promise<{ payload_hash: Buffer; accepted_at: number }>;
};

const nothingTrusted: Trust = { records: false, sessions: false };

/**
 * Finds out whether a request is the first with its key, and takes the lease if it is. One round
 * trip to Redis; the ledger is asked only where Redis is away or cannot know.
 * Faults: those of the ledger, when it is needed and away; the lease is given back.
 */
export async function findStanding(
  dependencies: StandingDependencies,
  request: Request,
): Promise<Standing> {
  const { memory, completeness, findEndedSession } = dependencies;
  const { call, id, payloadHash } = request;
  const { sessionId } = call.caller;
  let recollection: Recollection | null = null;
  try {
    recollection = await step('redis claim', { 'db.system.name': 'redis' }, () =>
      memory.claim(id, payloadHash, sessionId),
    );
  } catch {
    // Redis is away: this instance and the ledger have to do.
  }
  const trust = recollection === null ? nothingTrusted : completeness.trust(recollection.marker);
  const remembered = recollection?.intent ?? null;
  try {
    const ended =
      recollection?.sessionEnded === true ||
      (!trust.sessions && (await findEndedSession(sessionId)) !== undefined);
    call.session.checked = true;
    const standing: Standing = ended
      ? { state: 'refused', refusal: refuse('unauthorized') }
      : await judge(dependencies, request, { remembered, trust });
    if (standing.state !== 'new') await giveBack(dependencies, request, remembered);
    return standing;
  } catch (error) {
    await giveBack(dependencies, request, remembered);
    throw error;
  }
}

/** At once where nothing more needs to be read, as for almost every request. */
function judge(
  dependencies: StandingDependencies,
  request: Request,
  found: { remembered: Remembered | null; trust: Trust },
): Standing | Promise<Standing> {
  const { remembered, trust } = found;
  const { payloadHash, id } = request;
  switch (remembered?.state) {
    case 'in_flight':
      // Whatever its body: the holder is not judged yet, and may be the one with the wrong one.
      return { state: 'refused', refusal: refuse('idempotency_key_in_use') };
    case 'accepted':
      return judgeIntent(request, remembered.intent);
    case 'unsure':
      if (!remembered.payloadHash.equals(payloadHash)) return reused;
      return claimAgain(dependencies, request);
    case 'nothing':
    case undefined: {
      // Asked first: a record of ours may still wait to be written to Redis.
      const recent = dependencies.recent.get(id);
      if (recent !== undefined) return judgeIntent(request, recent);
      if (trust.records) return { state: 'new', known: true, unsure: false };
      return judgeByLedger(dependencies, request, remembered !== null);
    }
  }
}

async function claimAgain(
  { memory }: StandingDependencies,
  { id, payloadHash }: Request,
): Promise<Standing> {
  await memory.claimAgain(id, payloadHash).catch(() => {
    // Redis has gone since the question: nobody else will hold the lease either.
  });
  return { state: 'new', known: true, unsure: true };
}

/** What the ledger alone can tell. Faults: the ledger's. */
export async function judgeByLedger(
  { findIntent }: Pick<StandingDependencies, 'findIntent'>,
  { id, payloadHash }: Pick<Request, 'id' | 'payloadHash'>,
  isLeased: boolean,
): Promise<Standing> {
  const known = await findIntent(id);
  if (known === undefined) return { state: 'new', known: isLeased, unsure: false };
  return known.payloadHash.equals(payloadHash)
    ? { state: 'accepted', intent: null, acceptedAtMs: known.acceptedAtMs }
    : reused;
}

async function judgeIntent(request: Request, bytes: Buffer): Promise<Standing> {
  const { readIntent, payloadHash } = request;
  const intent = await readIntent(bytes);
  return intent.payload_hash.equals(payloadHash)
    ? { state: 'accepted', intent: bytes, acceptedAtMs: intent.accepted_at }
    : reused;
}

const reused: Standing = { state: 'refused', refusal: refuse('idempotency_key_reused') };

/** The lease was taken by the question itself when Redis knew nothing. */
async function giveBack(
  dependencies: StandingDependencies,
  request: Request,
  remembered: Remembered | null,
): Promise<void> {
  if (remembered?.state !== 'nothing') return;
  await giveUp(dependencies, request);
}

/** Nothing was written: the key is free again. */
export async function giveUp(
  { memory }: Pick<StandingDependencies, 'memory'>,
  { id, payloadHash }: Pick<Request, 'id' | 'payloadHash'>,
): Promise<void> {
  await memory.release(id, payloadHash).catch(() => {
    // An abandoned lease holds the key for its body alone; the next try takes it over.
  });
}
