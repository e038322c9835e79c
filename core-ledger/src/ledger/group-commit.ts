/**
 * Lets callers share transactions: whoever calls while the writers are busy joins the next batch.
 * A lone caller goes at once; there is no timer.
 */

/** One call: its items stay together and in order; it is settled once, by the writer. */
export type Call<Item, Result> = {
  readonly items: readonly Item[];
  /** Decided and written like any other, then rolled back; alone in its transaction. */
  readonly dryRun: boolean;
  resolve(results: Result[]): void;
  reject(fault: unknown): void;
};

/** Settles every call of a batch; never throws. One batch at a time for each writer. */
export type Writer<Item, Result> = (calls: readonly Call<Item, Result>[]) => Promise<void>;

export type GroupCommit<Item, Result> = {
  post(items: readonly Item[], dryRun: boolean): Promise<Result[]>;
  /** Resolves when every call made so far was settled. */
  drain(): Promise<void>;
};

/** `maximumItems` bounds a batch; a single call may be larger and is then a batch of its own. */
export function createGroupCommit<Item, Result>(options: {
  writers: readonly Writer<Item, Result>[];
  maximumItems: number;
}): GroupCommit<Item, Result> {
  const { writers, maximumItems } = options;
  const idle = [...writers];
  let waiting: Call<Item, Result>[] = [];
  let scheduled = false;
  let drained: (() => void)[] = [];

  const next = (): Call<Item, Result>[] => {
    let taken = 0;
    let items = 0;
    for (const call of waiting) {
      const isAlone = call.dryRun || waiting[0]?.dryRun === true;
      if (taken > 0 && (isAlone || items + call.items.length > maximumItems)) break;
      items += call.items.length;
      taken += 1;
    }
    const calls = waiting.slice(0, taken);
    waiting = waiting.slice(taken);
    return calls;
  };

  const work = async (writer: Writer<Item, Result>): Promise<void> => {
    await writer(next());
    idle.push(writer);
    schedule();
  };

  const start = (): void => {
    scheduled = false;
    while (waiting.length > 0) {
      const writer = idle.pop();
      if (writer === undefined) return;
      void work(writer);
    }
    if (idle.length < writers.length) return;
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
