/** One client that waits for news of one object. */
export type Waiter = {
  /** True at the next news (also news since the last call), false when time has run out. */
  next(timeoutMs: number): Promise<boolean>;
  /** Is the process closing? Then nobody waits any longer. */
  isOver(): boolean;
  /** Who waits at this moment is woken. */
  close(): void;
};

export type Waiters = {
  /** Starts listening; news that comes before the first `next` is not lost. */
  open(objectId: string): Waiter;
  /** Wakes whoever waits for the object; is there anybody? */
  wake(objectId: string): boolean;
  /** Wakes everyone: news may have been missed. */
  wakeAll(): void;
  /**
   * Resolves when news should be looked for again: soon while somebody waits, seldom while nobody
   * does, because each look costs the broker as much as a publish.
   */
  pace(): Promise<void>;
  /** The process is closing: nobody waits any longer. */
  end(): void;
  count(): number;
};

const busyPaceMs = 20;
const idlePaceMs = 500;

type Listener = { news: boolean; ended: boolean; wake: (() => void) | null };

/** Who waits for what in this process. */
export function createWaiters(): Waiters {
  const listeners = new Map<string, Set<Listener>>();
  let count = 0;
  let ended = false;
  let hurry: () => void = () => undefined;
  let pacing: Promise<void> | null = null;

  return {
    open(objectId) {
      const listener: Listener = { news: false, ended, wake: null };
      const set = listeners.get(objectId) ?? new Set();
      listeners.set(objectId, set.add(listener));
      count += 1;
      hurry();
      return {
        next: (timeoutMs) => nextNews(listener, timeoutMs),
        isOver: () => listener.ended,
        close() {
          if (!set.delete(listener)) return;
          listener.wake?.();
          count -= 1;
          if (set.size === 0 && listeners.get(objectId) === set) listeners.delete(objectId);
        },
      };
    },
    wake(objectId) {
      wakeAllOf(listeners.get(objectId) ?? []);
      return listeners.has(objectId);
    },
    wakeAll() {
      for (const set of listeners.values()) wakeAllOf(set);
    },
    pace() {
      pacing ??= new Promise((resolve) => {
        const timer = setTimeout(() => hurry(), count > 0 ? busyPaceMs : idlePaceMs);
        hurry = () => {
          clearTimeout(timer);
          pacing = null;
          resolve();
        };
      });
      return pacing;
    },
    end() {
      ended = true;
      hurry();
      for (const set of listeners.values()) {
        for (const listener of set) {
          listener.ended = true;
          listener.wake?.();
        }
      }
    },
    count: () => count,
  };
}

function wakeAllOf(listeners: Iterable<Listener>): void {
  for (const listener of listeners) {
    listener.news = true;
    listener.wake?.();
  }
}

async function nextNews(listener: Listener, timeoutMs: number): Promise<boolean> {
  if (!listener.news && !listener.ended && timeoutMs > 0) {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      listener.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    listener.wake = null;
  }
  const heard = listener.news;
  listener.news = false;
  return heard;
}
