import type { InboundRecord, Subscription, Wire } from '@wallet/schemas';

/** One record of the log with what was read of it and when it happened. */
export type Entry<Event> = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Event time, milliseconds since 1970. */
  readonly atMs: number;
  readonly event: Event;
};

/** Next offset by `topic/partition`. */
export type Offsets = Readonly<Record<string, number>>;

export type MergedLog<Event> = {
  /**
   * Up to `max` entries of all topics together in the order of their time (of equals: topic and
   * partition); the order within a partition is that of the log. Empty at the end.
   */
  take(max: number): Promise<readonly Entry<Event>[]>;
  /** Records passed, those that could not be read among them; and all there are to pass. */
  progress(): { readonly passed: number; readonly all: number; readonly unreadable: number };
  /** Where each partition ends for this reading. */
  readonly ends: Offsets;
  close(): Promise<void>;
};

type Source<Event> = {
  readonly topic: string;
  readonly partition: number;
  readonly end: number;
  next: number;
  entries: Entry<Event>[];
  head: number;
};

/** Records of a partition that are read ahead; more wait in the subscription, unread. */
const aheadRecords = 1_000;
const takeRecords = 4_000;

export const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/**
 * Reads topics from their beginning to the end they have now (or to `ends`) as one log. Holds at
 * most a few thousand records of each partition, however much one is ahead of the others.
 * @param options.group of this reading alone; no offset is committed
 * @param options.starts where to begin instead, by `topic/partition`
 * @param options.read null: the record cannot be read, it is passed over
 */
export async function openMergedLog<Event>(options: {
  wire: Pick<Wire, 'admin' | 'codec' | 'createSubscription'>;
  group: string;
  topics: readonly string[];
  starts?: Offsets;
  ends: Offsets | null;
  read: (record: InboundRecord) => { atMs: number; event: Event } | null;
}): Promise<MergedLog<Event>> {
  const { wire, group } = options;
  const sources = await findSources<Event>(wire, options);
  const all = sources.reduce((sum, { next, end }) => sum + end - next, 0);
  let unreadable = 0;
  // An empty log needs nobody to read it.
  const subscription = all === 0 ? null : subscribe(wire, group, sources);
  subscription?.start();

  function accept(record: InboundRecord): void {
    const of = sources.find(
      ({ topic, partition }) => topic === record.topic && partition === record.partition,
    );
    if (of === undefined || record.offset < of.next || record.offset >= of.end) return;
    of.next = record.offset + 1;
    const { topic, partition, offset } = record;
    const found = options.read(record);
    if (found === null) unreadable += 1;
    else of.entries.push({ topic, partition, offset, ...found });
  }

  /** False when the log has ended for good. */
  async function fill(): Promise<boolean> {
    for (;;) {
      const starving = sources.some((of) => isEmpty(of) && of.next < of.end);
      if (!starving) return true;
      const batch = subscription && (await takeWanted(subscription, sources));
      if (batch === null) return false;
      await wire.codec.load(batch);
      batch.forEach(accept);
    }
  }

  return {
    ends: Object.fromEntries(sources.map((of) => [keyOf(of.topic, of.partition), of.end])),
    async take(max) {
      const taken: Entry<Event>[] = [];
      while (taken.length < max && (await fill())) {
        if (!merge(sources, taken, max)) break;
      }
      return taken;
    },
    progress() {
      const left = sources.reduce(
        (sum, of) => sum + of.end - of.next + of.entries.length - of.head,
        0,
      );
      return { passed: all - left, all, unreadable };
    },
    async close() {
      await subscription?.stop();
      await subscription?.close();
    },
  };
}

function subscribe(
  wire: Pick<Wire, 'createSubscription'>,
  group: string,
  sources: readonly Source<unknown>[],
): Subscription {
  return wire.createSubscription({
    ...{ group, topics: [...new Set(sources.map(({ topic }) => topic))], maxWaitMs: 50 },
    positions: async (topic) =>
      new Map(
        sources.filter((of) => of.topic === topic).map(({ partition, next }) => [partition, next]),
      ),
  });
}

async function findSources<Event>(
  wire: Pick<Wire, 'admin'>,
  { topics, starts, ends }: { topics: readonly string[]; starts?: Offsets; ends: Offsets | null },
): Promise<Source<Event>[]> {
  const sources: Source<Event>[] = [];
  for (const topic of [...topics].sort()) {
    for (const [partition, { low, high }] of await wire.admin.offsets(topic)) {
      // What was empty then is left out now.
      const end = ends === null ? high : (ends[keyOf(topic, partition)] ?? low);
      const next = Math.max(low, starts?.[keyOf(topic, partition)] ?? low);
      if (next < end) sources.push({ topic, partition, end, next, entries: [], head: 0 });
    }
  }
  return sources;
}

async function takeWanted(
  subscription: Subscription,
  sources: readonly Source<unknown>[],
): Promise<readonly InboundRecord[] | null> {
  const room = new Set(
    sources
      .filter((of) => of.next < of.end && of.entries.length - of.head < aheadRecords)
      .map((of) => keyOf(of.topic, of.partition)),
  );
  const batch = await subscription.take(takeRecords, (of) =>
    room.has(keyOf(of.topic, of.partition)),
  );
  return batch?.records ?? null;
}

const isEmpty = ({ entries, head }: Source<unknown>): boolean => head >= entries.length;

/** Takes the earliest head again and again until one source runs dry. False: all have ended. */
function merge<Event>(sources: readonly Source<Event>[], into: Entry<Event>[], max: number) {
  for (;;) {
    let first: Source<Event> | null = null;
    let firstMs = Infinity;
    for (const of of sources) {
      const entry = of.entries[of.head];
      if (entry === undefined) {
        if (of.next < of.end) return true;
        continue;
      }
      // Sources stand in order, so the first of equals stays.
      if (entry.atMs < firstMs) {
        firstMs = entry.atMs;
        first = of;
      }
    }
    if (first === null) return false;
    into.push(first.entries[first.head] as Entry<Event>);
    first.head += 1;
    if (isEmpty(first)) Object.assign(first, { entries: [], head: 0 });
    if (into.length >= max) return true;
  }
}
