/**
 * Lets callers share transactions: whoever calls while the writers are busy joins the next batch.
 * A lone caller goes at once; a timer runs only for what was given back.
 */

/** One call: its items stay together and in order; it is settled once, by the writer. */
export type Call<Item, Result> = {
  readonly items: readonly Item[];
  /** Decided and written like any other, then rolled back; alone in its transaction. */
  readonly dryRun: boolean;
  resolve(results: readonly Result[]): void;
  reject(fault: unknown): void;
  /** Milliseconds since 1970, since when it waits for accounts that others lock. */
  blockedSinceMs?: number;
};

/**
 * Settles the calls of a batch; those that it gives back come again in a moment. Never throws. A
 * writer has one batch at a time.
 */
export type Writer<Item, Result> = (
  calls: readonly Call<Item, Result>[],
) => Promise<readonly Call<Item, Result>[]>;

export type GroupCommit<Item, Result> = {
  post(items: readonly Item[], dryRun: boolean): Promise<readonly Result[]>;
  /** Resolves when every call made so far was settled. */
  drain(): Promise<void>;
};

/** What was given back waits this long; nobody else waits for it. */
const deferMs = 50;

/** `maximumItems` bounds a batch; a single call may be larger and is then a batch of its own. */
export function createGroupCommit<Item, Result>(options: {
  writers: readonly Writer<Item, Result>[];
  maximumItems: number;
}): GroupCommit<Item, Result> {
  const { writers, maximumItems } = options;
  const idle = [...writers];
  let waiting: Call<Item, Result>[] = [];
  let scheduled = false;
  let deferred = 0;
  let drained: (() => void)[] = [];

  const next = (): Call<Item, Result>[] => {
    const taken = countOfBatch(waiting, maximumItems);
    const calls = waiting.slice(0, taken);
    waiting = waiting.slice(taken);
    return calls;
  };

  const work = async (writer: Writer<Item, Result>): Promise<void> => {
    const givenBack = await writer(next());
    if (givenBack.length > 0) defer(givenBack);
    idle.push(writer);
    schedule();
  };

  const defer = (calls: readonly Call<Item, Result>[]): void => {
    deferred += 1;
    setTimeout(() => {
      deferred -= 1;
      waiting = [...calls, ...waiting];
      schedule();
    }, deferMs);
  };

  const start = (): void => {
    scheduled = false;
    while (waiting.length > 0) {
      const writer = idle.pop();
      if (writer === undefined) return;
      void work(writer);
    }
    if (idle.length < writers.length || deferred > 0) return;
    for (const resolve of drained) resolve();
    drained = [];
  };

  /** After what this turn of the event loop still brings: callers just answered call again. */
  const schedule = (): void => {
    if (scheduled || idle.length === 0) return;
    scheduled = true;
    setImmediate(start);
  };

  return {
    post: (items, dryRun) =>
      new Promise((resolve, reject) => {
        waiting.push({ items, dryRun, resolve, reject });
        schedule();
      }),
    drain: () =>
      new Promise((resolve) => {
        drained.push(resolve);
        schedule();
      }),
  };
}

/** How many of the waiting calls share the next transaction; a dry run shares none. */
function countOfBatch(waiting: readonly Call<unknown, never>[], maximumItems: number): number {
  let items = 0;
  for (const [taken, call] of waiting.entries()) {
    items += call.items.length;
    const isAlone = call.dryRun || waiting[0]?.dryRun === true;
    if (taken > 0 && (isAlone || items > maximumItems)) return taken;
  }
  return waiting.length;
}
