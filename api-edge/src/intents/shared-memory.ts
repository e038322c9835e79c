import type { Clock } from '@wallet/runtime';
import type { Redis, Told } from '../redis.ts';

/** What Redis says about an intent id. */
export type Remembered =
  /** No record: the lease has just been taken for this request. */
  | { state: 'nothing' }
  /** Another request holds the lease. */
  | { state: 'in_flight'; payloadHash: Buffer }
  /** An earlier try ended, or its process did, and nobody knows whether Kafka has the intent. */
  | { state: 'unsure'; payloadHash: Buffer }
  /** Accepted: the intent as it was written to Kafka. */
  | { state: 'accepted'; intent: Buffer };

/** One round trip's worth of answers. `marker` says since when Redis remembers everything. */
export type Recollection = { intent: Remembered; sessionEnded: boolean; marker: string | null };

/**
 * What all instances know together, in Redis. Every call may throw: callers have a way without.
 * Values of an intent's key: `p` + hash + time (in flight; an old one is a holder that died, so its
 * outcome is unknown), `u` + hash (outcome unknown), `a` + the framed Avro intent (accepted); a
 * replay and a read-your-write are made from that last one.
 */
export type SharedMemory = {
  /** Reads an intent's record and takes its lease when there is none; reads the session too. */
  claim(id: string, payloadHash: Buffer, sessionId: string): Promise<Recollection>;
  /** Takes the lease of an intent whose outcome is unknown. */
  claimAgain(id: string, payloadHash: Buffer): Promise<unknown>;
  accepted(id: string, intent: Buffer): Promise<unknown>;
  unsure(id: string, payloadHash: Buffer): Promise<unknown>;
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
/** SHA-256; behind it stands when the lease was taken, in milliseconds of the taker's clock. */
const hashBytes = 32;
/** The contract's time for replays. */
export const recordSeconds = 86_400;
const recordLife = String(recordSeconds);

// KEYS[1] the intent's key, ARGV[1] what a lease of this payload begins with. Deletes such a lease.
// Returns 1 when deleted, else 0.
const releaseScript = `
local held = redis.call('get', KEYS[1])
if held and held:sub(1, #ARGV[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end
return 0`;

export function createSharedMemory(options: {
  redis: Redis;
  keyPrefix: string;
  clock: Clock;
}): SharedMemory {
  const { redis, keyPrefix, clock } = options;
  const markerKey = `${keyPrefix}edge:complete-since`;
  const intentKey = (id: string): string => `${keyPrefix}edge:intent:${id}`;
  const sessionKey = (id: string): string => `${keyPrefix}edge:session-ended:${id}`;
  const write = (id: string, value: string): Promise<unknown> =>
    redis.ask([['SET', intentKey(id), value, 'EX', recordLife]]);
  const leaseOf = (hash: Buffer): string => tagged('p', hash) + String(clock.nowMs());

  return {
    async claim(id, payloadHash, sessionId) {
      // The marker comes last: had Redis forgotten before the lease, it would be missing.
      const key = intentKey(id);
      const take = ['SET', key, leaseOf(payloadHash), 'EX', recordLife, 'NX'];
      const commands = [take, ['GET', key], ['GET', sessionKey(sessionId)]];
      const [taken, found, ended, marker] = await redis.ask(commands, markerKey);
      const intent = isThere(taken) ? nothing : held(found, payloadHash, clock.nowMs());
      return { intent, sessionEnded: isThere(ended), marker: marker ?? null };
    },
    claimAgain: (id, payloadHash) => write(id, leaseOf(payloadHash)),
    accepted: (id, intent) => write(id, tagged('a', intent)),
    unsure: (id, payloadHash) => write(id, tagged('u', payloadHash)),
    async release(id, payloadHash) {
      await redis.ask([['EVAL', releaseScript, '1', intentKey(id), tagged('p', payloadHash)]]);
    },
    async read(id) {
      const [found] = await redis.ask([['GET', intentKey(id)]]);
      return remembered(found, clock.nowMs());
    },
    async readSession(sessionId) {
      const [ended, marker] = await redis.ask([['GET', sessionKey(sessionId)]], markerKey);
      return { ended: isThere(ended), marker: marker ?? null };
    },
    async endSessions(sessionIds, forSeconds) {
      const life = String(forSeconds);
      await redis.ask(sessionIds.map((id) => ['SET', sessionKey(id), '1', 'EX', life]));
    },
    async mark(marker, { onlyIfAbsent }) {
      await redis.ask([['SET', markerKey, marker, ...(onlyIfAbsent ? ['NX'] : [])]]);
    },
  };
}

const nothing: Remembered = { state: 'nothing' };
const isThere = (told: Told | undefined): boolean => told !== null && told !== undefined;

/** Bytes travel as the characters of the same codes. */
function tagged(tag: 'p' | 'u' | 'a', bytes: Buffer): string {
  return tag + bytes.toString('latin1');
}

/** Who gives a lease back between our two commands held it a moment ago. */
function held(found: Told | undefined, payloadHash: Buffer, nowMs: number): Remembered {
  return isThere(found) ? remembered(found, nowMs) : { state: 'in_flight', payloadHash };
}

function remembered(value: Told | undefined, nowMs: number): Remembered {
  if (value === null || value === undefined) return nothing;
  const bytes = Buffer.from(value.slice(1), 'latin1');
  switch (value[0]) {
    case 'p': {
      const ageMs = nowMs - Number(value.slice(1 + hashBytes));
      const payloadHash = bytes.subarray(0, hashBytes);
      return { state: ageMs < leaseMs ? 'in_flight' : 'unsure', payloadHash };
    }
    case 'u':
      return { state: 'unsure', payloadHash: bytes };
    default:
      return { state: 'accepted', intent: bytes };
  }
}
