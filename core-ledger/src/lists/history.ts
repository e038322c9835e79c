import type { Lists } from '../fraud/facts.ts';

/** One change of one list. Version n is the state after n changes. */
export type ListChange = {
  readonly version: number;
  readonly list: string;
  readonly value: string;
  readonly action: 'put' | 'remove';
  /** Milliseconds since 1970; null for ever. */
  readonly expiresAtMs: number | null;
  readonly atMs: number;
};

/**
 * Every list as it was at any time. An entry is in force until the millisecond it expires at; who
 * decides at that moment no longer sees it. The same question gets the same answer for ever.
 */
export type ListHistory = {
  /** Of the newest change; 0 when there is none. */
  readonly version: number;
  /** As a process saw them that knew the changes up to `version`, at `ms`. */
  atVersion(version: number, ms: number): Lists;
  /** As they were at `ms` by the database's clock: for replays. */
  asOf(ms: number): Lists;
};

/** A state with the times between which it stands: until then no entry expires. */
type Standing = { version: number; fromMs: number; untilMs: number; lists: Lists };
/** `null` never expires. */
type Entries = Map<string, Map<string, number | null>>;

/**
 * Answers that lie close together (one version, rising times) cost a comparison; a step forward
 * costs what has changed; a step back begins anew.
 * @param changes in the order of their versions, without a gap
 */
export function createListHistory(changes: readonly ListChange[]): ListHistory {
  const newest = changes.at(-1)?.version ?? 0;
  let entries: Entries = new Map();
  let applied = 0;
  let standing: Standing | null = null;

  function fold(version: number): void {
    if (version < applied) {
      entries = new Map();
      applied = 0;
    }
    for (const change of changes.slice(applied, version)) {
      const values = entries.get(change.list) ?? new Map<string, number | null>();
      if (change.action === 'put') values.set(change.value, change.expiresAtMs);
      else values.delete(change.value);
      entries.set(change.list, values);
    }
    applied = version;
  }

  function atVersion(asked: number, ms: number): Lists {
    const version = Math.min(asked, newest);
    const same = standing?.version === version && ms >= standing.fromMs && ms < standing.untilMs;
    if (standing === null || !same) {
      fold(version);
      standing = standingOf(entries, version, ms);
    }
    return standing.lists;
  }

  return {
    version: newest,
    atVersion,
    asOf: (ms) => atVersion(versionAt(changes, ms), ms),
  };
}

function standingOf(entries: Entries, version: number, ms: number): Standing {
  const lists = new Map<string, ReadonlySet<string>>();
  let [fromMs, untilMs] = [-Infinity, Infinity];
  for (const [list, values] of entries) {
    const held = new Set<string>();
    for (const [value, expiresAtMs] of values) {
      if (expiresAtMs === null || expiresAtMs > ms) held.add(value);
      if (expiresAtMs === null) continue;
      if (expiresAtMs > ms) untilMs = Math.min(untilMs, expiresAtMs);
      else fromMs = Math.max(fromMs, expiresAtMs);
    }
    if (held.size > 0) lists.set(list, held);
  }
  return { version, fromMs, untilMs, lists };
}

/** How many changes were made at or before `ms`: times run as versions do. */
function versionAt(changes: readonly ListChange[], ms: number): number {
  let [low, high] = [0, changes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((changes[middle]?.atMs ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}
