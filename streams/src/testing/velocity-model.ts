/** One payment at one entity, as the model sees it. */
export type ModelPayment = {
  atMs: number;
  amountMinor: number;
  source: number;
  offset: number;
  intentId: string;
};
/**
 * `exact` is false where the store may know less: it has let go of the buckets by then. `repeats`
 * says that the windows are those of the first answer, exact or not.
 */
export type ModelAnswer = {
  values: number[];
  counted: boolean;
  exact: boolean;
  repeats: boolean;
};

/** Bucket length and greatest age of each window: what velocity.lua promises, in plain words. */
const windows = [
  { bucketMs: 100_000, oldest: 3 },
  { bucketMs: 300_000, oldest: 12 },
  { bucketMs: 3_600_000, oldest: 24 },
  { bucketMs: 86_400_000, oldest: 7 },
  { bucketMs: 86_400_000, oldest: 30 },
];
const remembered = 8;
/** How late a payment may be for its answer to be exact. */
const exactUntilMs = 400_000;

/**
 * One entity of the velocity store written for reading, not for speed: every payment is kept and
 * every answer is counted anew. Tests hold the Lua against it.
 */
export function createEntityModel(): { visit(payment: ModelPayment): ModelAnswer } {
  const counted: ModelPayment[] = [];
  const answers: { intentId: string; values: number[]; exact: boolean }[] = [];
  const guards = new Map<number, { offset: number; latestMs: number }>();

  function windowsAt(atMs: number): number[] {
    return windows.flatMap(({ bucketMs, oldest }) => {
      const inside = counted.filter((payment) => {
        const age = Math.floor(atMs / bucketMs) - Math.floor(payment.atMs / bucketMs);
        return age >= 0 && age <= oldest;
      });
      return [inside.length, inside.reduce((sum, { amountMinor }) => sum + amountMinor, 0)];
    });
  }

  function ageAt(atMs: number): number {
    const first = Math.min(atMs, ...counted.map((payment) => payment.atMs));
    return Math.floor((atMs - first) / 1_000);
  }

  return {
    visit(payment) {
      const { atMs, amountMinor, source, offset, intentId } = payment;
      const known = answers.find((answer) => answer.intentId === intentId);
      const newestMs = Math.max(...counted.map((payment) => payment.atMs), atMs);
      const exact = newestMs - atMs <= exactUntilMs;
      const guard = guards.get(source) ?? { offset: -1, latestMs: -1 };
      if (known !== undefined) {
        // Recognised at a new offset, it must not count when that offset comes again.
        if (offset > guard.offset)
          guards.set(source, { offset, latestMs: Math.max(atMs, guard.latestMs) });
        const again = [...known.values, ageAt(atMs)];
        return { values: again, counted: false, exact: known.exact, repeats: true };
      }
      const values = windowsAt(atMs);
      if (offset <= guard.offset && atMs <= guard.latestMs) {
        const without = values.map((value, index) =>
          Math.max(0, value - (index % 2 === 0 ? 1 : amountMinor)),
        );
        return { values: [...without, ageAt(atMs)], counted: false, exact, repeats: false };
      }
      const age = ageAt(atMs);
      counted.push(payment);
      answers.push({ intentId, values, exact });
      if (answers.length > remembered) answers.shift();
      guards.set(source, { offset, latestMs: Math.max(atMs, guard.latestMs) });
      return { values: [...values, age], counted: true, exact, repeats: false };
    },
  };
}
