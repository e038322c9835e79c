/** Asks for one thing; many askers of a moment share one query. */
export type BatchedRead<Found> = (key: string) => Promise<Found | undefined>;

/** Enough for any burst; a larger one takes several queries. */
const maxBatchKeys = 500;

/**
 * Natural batching: what is asked for while a query is under way goes into the next one. A lone
 * asker waits for nobody.
 */
export function createBatchedRead<Found>(
  load: (keys: string[]) => Promise<ReadonlyMap<string, Found>>,
): BatchedRead<Found> {
  type Asker = { resolve(found: Found | undefined): void; reject(error: unknown): void };
  let waiting = new Map<string, Asker[]>();
  let underWay = false;

  const work = async (): Promise<void> => {
    underWay = true;
    while (waiting.size > 0) {
      const batch = [...waiting].slice(0, maxBatchKeys);
      if (batch.length === waiting.size) waiting = new Map();
      else for (const [key] of batch) waiting.delete(key);
      try {
        const found = await load(batch.map(([key]) => key));
        for (const [key, askers] of batch) {
          for (const asker of askers) asker.resolve(found.get(key));
        }
      } catch (error) {
        for (const [, askers] of batch) for (const asker of askers) asker.reject(error);
      }
    }
    underWay = false;
  };

  return (key) =>
    new Promise((resolve, reject) => {
      const askers = waiting.get(key);
      if (askers === undefined) waiting.set(key, [{ resolve, reject }]);
      else askers.push({ resolve, reject });
      // The next turn, so that requests parsed in this one come along.
      if (!underWay) {
        underWay = true;
        setImmediate(() => void work());
      }
    });
}
