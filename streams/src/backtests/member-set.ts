/**
 * Members of an entity (the payers of a payee) in memory: what velocity-members.lua keeps in Redis,
 * by the same rules. At most 128, the one refreshed longest ago first; the next pushes it out,
 * unless it was seen in the same hour.
 */
export type MemberSet = {
  /** Hash of the member → the hour it was seen last. */
  readonly seen: Map<number, number>;
  /** The hour of the counts below, and the members within 24h, 7d and 30d of it. */
  asOfHour: number;
  readonly within: number[];
};

const limit = 128;
const hourMs = 3_600_000;

export function createMemberSet(): MemberSet {
  return { seen: new Map(), asOfHour: 0, within: [0, 0, 0] };
}

/** How many of the windows 24h, 7d and 30d reach from an hour back to another: 0 … 3. */
function reach(hour: number, seen: number): number {
  const days = Math.floor(hour / 24) - Math.floor(seen / 24);
  if (days > 30) return 0;
  if (days > 7) return 1;
  return hour - seen > 24 ? 2 : 3;
}

function count(within: number[], windows: number, by: 1 | -1): void {
  // A member within 24h is within the longer ones too.
  for (let window = 3 - windows; window < 3; window += 1)
    within[window] = (within[window] as number) + by;
}

function countAll(seen: ReadonlyMap<number, number>, hour: number): number[] {
  const within = [0, 0, 0];
  for (const last of seen.values()) count(within, reach(hour, last), 1);
  return within;
}

/**
 * Answers members within 24h, 7d and 30d and whether this one is new (NaN without a member), then
 * counts it. Four numbers, from `first` on.
 */
export function meetMember(
  set: MemberSet,
  atMs: number,
  member: number | null,
  into: Float64Array,
  first: number,
): void {
  const hour = Math.floor(atMs / hourMs);
  if (hour > set.asOfHour) advance(set, hour);
  const answer = hour < set.asOfHour ? countAll(set.seen, hour) : set.within;
  for (let window = 0; window < 3; window += 1) into[first + window] = answer[window] as number;
  if (member === null) {
    into[first + 3] = NaN;
    return;
  }
  const last = set.seen.get(member);
  into[first + 3] = last === undefined || reach(hour, last) === 0 ? 1 : 0;
  if (last === undefined || last < hour) refresh(set, member, last, hour);
}

function advance(set: MemberSet, hour: number): void {
  for (const [member, last] of set.seen) {
    // A day longer than any window: late payments look back from where they are.
    if (reach(hour - 24, last) > 0) break;
    set.seen.delete(member);
  }
  set.asOfHour = hour;
  countAll(set.seen, hour).forEach((members, window) => (set.within[window] = members));
}

function refresh(set: MemberSet, member: number, last: number | undefined, hour: number): void {
  const { seen, within, asOfHour } = set;
  if (last !== undefined) {
    count(within, reach(asOfHour, last), -1);
    seen.delete(member);
  } else if (seen.size >= limit) {
    const [oldest] = seen;
    // Full of members of this very hour: another would change no count for a day.
    if (oldest === undefined || oldest[1] >= hour) return;
    count(within, reach(asOfHour, oldest[1]), -1);
    seen.delete(oldest[0]);
  }
  seen.set(member, hour);
  count(within, reach(asOfHour, hour), 1);
}
