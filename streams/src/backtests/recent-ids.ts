/** Copies of a record follow it within seconds: far fewer records than this. */
const generationSize = 65_536;

/** The ids met last: at least `generationSize` of them, at most twice as many. */
export function createRecentIds(size = generationSize): { add(id: string): boolean } {
  let recent = new Set<string>();
  let former = new Set<string>();
  return {
    /** False when it was met before. */
    add(id) {
      if (recent.has(id) || former.has(id)) return false;
      if (recent.size >= size) {
        former = recent;
        recent = new Set();
      }
      recent.add(id);
      return true;
    },
  };
}
