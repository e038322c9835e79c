import type { Redis } from 'ioredis';
import type { Breaker } from './breaker.ts';
import { createClaims } from './claims.ts';

/** What Redis says about an intent id. */
export type Remembered =
  /** No record: the lease has just been taken for this request. */
  | { state: 'nothing' }
  /** Another request holds the lease. */
  | { state: 'in_flight'; payloadHash: Buffer }
  /** An earlier try ended without knowing whether Kafka has it. */
  | { state: 'unsure'; payloadHash: Buffer }
  /** Accepted: the intent as it was written to Kafka. */
  | { state: 'accepted'; intent: Buffer };

/** One round trip's worth of answers. `marker` says since when Redis remembers everything. */
export type Recollection = { intent: Remembered; sessionEnded: boolean; marker: string | null };

/**
 * What all instances know together, in Redis. Every call may throw: callers have a way without.
 * Values of an intent's key: `p` + hash (in flight), `u` + hash (outcome unknown), `a` + the framed
 * Avro intent (accepted); a replay and a read-your-write are made from that last one.
 */
export type SharedMemory = {
  /** Reads an intent's record and takes its lease when there is none; reads the session too. */
  claim(id: string, payloadHash: Buffer, sessionId: string): Promise<Recollection>;
  /** Takes the lease of an intent whose outcome is unknown. */
  claimAgain(id: string, payloadHash: Buffer): Promise<void>;
  accepted(id: string, intent: Buffer): Promise<void>;
  unsure(id: string, payloadHash: Buffer): Promise<void>;
  /** Gives the lease back, if it is still the one of this payload. */
  release(id: string, payloadHash: Buffer): Promise<void>;
  read(id: string): Promise<Remembered>;
  readSession(sessionId: string): Promise<{ ended: boolean; marker: string | null }>;
  endSessions(sessionIds: readonly string[], forSeconds: number): Promise<void>;
  /** Writes the marker; with `onlyIfAbsent` another instance's stays. */
  mark(marker: string, options: { onlyIfAbsent: boolean }): Promise<void>;
};

/** Longer than a publish may take, so that nobody else tries meanwhile. */
const leaseMs = 5_000;
/** The contract's time for replays. */
export const recordSeconds = 86_400;

// KEYS[1] the intent's key, ARGV[1] the lease. Deletes the lease if it is still that one.
// Returns 1 when deleted, else 0.
const releaseScript = `
if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`;

export function createSharedMemory(options: {
  redis: Redis;
  breaker: Breaker;
  keyPrefix: string;
}): SharedMemory {
  const { redis, breaker, keyPrefix } = options;
  const markerKey = `${keyPrefix}edge:complete-since`;
  const intentKey = (id: string): string => `${keyPrefix}edge:intent:${id}`;
  const sessionKey = (id: string): string => `${keyPrefix}edge:session-ended:${id}`;
  const { run } = breaker;
  const claim = createClaims({ redis, markerKey, leaseMs });

  return {
    claim: (id, payloadHash, sessionId) =>
      run(async () => {
        const { found, ended, marker } = await claim({
          intentKey: intentKey(id),
          lease: tagged('p', payloadHash),
          sessionKey: sessionKey(sessionId),
        });
        return { intent: remembered(found), sessionEnded: ended, marker };
      }),
    claimAgain: (id, payloadHash) =>
      run(async () => {
        await redis.set(intentKey(id), tagged('p', payloadHash), 'PX', leaseMs);
      }),
    accepted: (id, intent) =>
      run(async () => {
        await redis.set(intentKey(id), tagged('a', intent), 'EX', recordSeconds);
      }),
    unsure: (id, payloadHash) =>
      run(async () => {
        await redis.set(intentKey(id), tagged('u', payloadHash), 'EX', recordSeconds);
      }),
    release: (id, payloadHash) =>
      run(async () => {
        await redis.eval(releaseScript, 1, intentKey(id), tagged('p', payloadHash));
      }),
    read: (id) => run(async () => remembered(await redis.get(intentKey(id)))),
    readSession: (sessionId) =>
      run(async () => {
        const [ended, marker] = await redis.mget(sessionKey(sessionId), markerKey);
        return { ended: ended !== null && ended !== undefined, marker: marker ?? null };
      }),
    endSessions: (sessionIds, forSeconds) =>
      run(async () => {
        await Promise.all(sessionIds.map((id) => redis.set(sessionKey(id), '1', 'EX', forSeconds)));
      }),
    mark: (marker, { onlyIfAbsent }) =>
      run(async () => {
        await (onlyIfAbsent ? redis.set(markerKey, marker, 'NX') : redis.set(markerKey, marker));
      }),
  };
}

/**
 * Bytes travel as the characters of the same codes: commands of text alone are put together in one
 * string, which costs a third of what mixed ones do. A byte above 127 takes two in Redis; an intent
 * is mostly ASCII.
 */
function tagged(tag: 'p' | 'u' | 'a', bytes: Buffer): string {
  return tag + bytes.toString('latin1');
}

function remembered(value: string | null): Remembered {
  if (value === null) return { state: 'nothing' };
  const bytes = Buffer.from(value.slice(1), 'latin1');
  switch (value[0]) {
    case 'p':
      return { state: 'in_flight', payloadHash: bytes };
    case 'u':
      return { state: 'unsure', payloadHash: bytes };
    default:
      return { state: 'accepted', intent: bytes };
  }
}
