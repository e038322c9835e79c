import { windows, type OutcomeKind, type Parties } from '@wallet/core-ledger';
import { hash32 } from '../fraud/keys.ts';
import { recordingPlan, windowBytes, type EntityPlan, type VelocityPlan } from '../fraud/plan.ts';
import type { Outcome } from '../outcomes/outcome.ts';
import { createMemberSet, meetMember, type MemberSet } from './member-set.ts';
import { addToSeries, createSeries, readSeries, type Series } from './series.ts';

/** A payment to be counted; `features` is filled in catalogue order, the rest of it stays NaN. */
export type Attempt = {
  readonly payment: Parties;
  readonly amountMinor: number;
  /** Event time, milliseconds since 1970. */
  readonly atMs: number;
  readonly features: Float64Array;
};

/** What became of a payment, at the time it became known. */
export type KnownOutcome = Pick<Outcome, 'kind' | 'parties' | 'amountMinor' | 'atMs'>;

/**
 * The velocity counters of a replay: the answers of Redis, from memory, in one process, private to
 * it. Fed in the order of event time; what comes twice must be kept away by the caller.
 */
export type Counters = {
  /** Answers as Redis would before this payment, then counts it. */
  count(attempt: Attempt): void;
  record(outcome: KnownOutcome): void;
  /** Entities kept now. */
  size(): number;
  /** Entities dropped to keep within the limit although a window still reached them. */
  forgotten(): number;
};

/** One entity: its attempts, and what else a plan asks of it, as far as there is any. */
type Entity = {
  attempts: Series | null;
  firstMs: number;
  /** When its key in Redis was last renewed: it is kept for 33 days from then. */
  renewedMs: number;
  lastMs: number;
  readonly sets: (MemberSet | undefined)[];
  readonly outcomes: (Series | undefined)[];
};

const dayMs = 86_400_000;
const keptMs = 33 * dayMs;
/** A kilobyte or two each: half a gigabyte. */
const defaultLimit = 400_000;

/**
 * @param plan what is asked for; nothing else is kept
 * @param maxEntities those idle for longest are dropped beyond it
 */
export function createCounters(plan: VelocityPlan, maxEntities = defaultLimit): Counters {
  const tables = plan.map((entityPlan) => ({ entityPlan, known: new Map<string, Entity>() }));
  const recorders = createRecorders(tables);
  const scratch = new Float64Array(2 * windows.length);
  let size = 0;
  let forgotten = 0;

  function take(known: Map<string, Entity>, id: string, atMs: number): Entity {
    const found = known.get(id);
    if (found !== undefined) {
      if (atMs > found.lastMs) found.lastMs = atMs;
      return found;
    }
    if (size >= maxEntities) makeRoom(atMs);
    size += 1;
    const started = { attempts: null, firstMs: atMs, renewedMs: atMs, lastMs: atMs };
    const entity: Entity = { ...started, sets: [], outcomes: [] };
    known.set(id, entity);
    return entity;
  }

  /** Drops what has left every window, then ever younger ones, until a tenth is free. */
  function makeRoom(nowMs: number): void {
    for (let idleMs = keptMs; size > maxEntities * 0.9; idleMs /= 2) {
      for (const { known } of tables) {
        for (const [id, { lastMs }] of known) {
          if (lastMs >= nowMs - idleMs) continue;
          known.delete(id);
          size -= 1;
          if (idleMs < keptMs) forgotten += 1;
        }
      }
    }
  }

  return {
    count(attempt) {
      for (const { entityPlan, known } of tables) {
        const id = entityPlan.idOf(attempt.payment);
        if (id !== null) visit(take(known, id, attempt.atMs), entityPlan, attempt, scratch);
      }
    },
    record({ kind, parties, amountMinor, atMs }) {
      for (const { known, idOf, position } of recorders(kind)) {
        const id = idOf(parties);
        if (id === null) continue;
        const series = (take(known, id, atMs).outcomes[position] ??= createSeries());
        addToSeries(series, atMs, amountMinor);
      }
    },
    size: () => size,
    forgotten: () => forgotten,
  };
}

type Table = { entityPlan: EntityPlan; known: Map<string, Entity> };

/** Which series an outcome of a kind goes to: those the plan reads. */
function createRecorders(tables: readonly Table[]) {
  const byKind = new Map<OutcomeKind, readonly ReturnType<typeof find>[]>();
  const find = ({ entityPlan, known }: Table, ending: number | null) => {
    const position = entityPlan.outcomes.findIndex((outcome) => outcome.ending === ending);
    return { known, idOf: entityPlan.idOf, position };
  };
  return (kind: OutcomeKind) => {
    const made = byKind.get(kind);
    if (made !== undefined) return made;
    const found = recordingPlan(kind).flatMap(({ name, records }) =>
      tables.filter(({ entityPlan }) => entityPlan.name === name).map((of) => find(of, records)),
    );
    const kept = found.filter(({ position }) => position >= 0);
    byKind.set(kind, kept);
    return kept;
  };
}

function visit(
  entity: Entity,
  { firstFeature, sets, outcomes }: EntityPlan,
  { payment, amountMinor, atMs, features }: Attempt,
  scratch: Float64Array,
): void {
  if (atMs - entity.renewedMs >= keptMs || entity.attempts === null) {
    // Its key would have expired by now.
    Object.assign(entity, { attempts: createSeries(), firstMs: atMs, renewedMs: atMs });
  }
  const attempts = entity.attempts as Series;
  readSeries(attempts, atMs, scratch);
  features.set(scratch, firstFeature);
  addToSeries(attempts, atMs, amountMinor);
  if (atMs < entity.firstMs) entity.firstMs = atMs;
  features[firstFeature + 2 * windows.length] = Math.floor((atMs - entity.firstMs) / 1_000);
  if (Math.floor(atMs / dayMs) > Math.floor(entity.renewedMs / dayMs)) entity.renewedMs = atMs;
  for (let at = 0; at < sets.length; at += 1) {
    const { memberOf, firstFeature: first } = sets[at] as (typeof sets)[number];
    const set = (entity.sets[at] ??= createMemberSet());
    const member = memberOf(payment);
    meetMember(set, atMs, member === null ? null : Math.max(1, hash32(member)), features, first);
  }
  for (let at = 0; at < outcomes.length; at += 1) {
    const series = entity.outcomes[at];
    if (series === undefined) scratch.fill(0);
    else readSeries(series, atMs, scratch);
    for (const { at: place, isSum, feature } of (outcomes[at] as (typeof outcomes)[number]).places)
      features[feature] = scratch[outcomeAt(place, isSum)] as number;
  }
}

/** Places of a plan are bytes of an answer of Redis. */
function outcomeAt(place: number, isSum: boolean): number {
  return 2 * Math.floor(place / windowBytes) + (isSum ? 1 : 0);
}
