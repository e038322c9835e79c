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
export function createEntityModel(): {
  visit(payment: ModelPayment): ModelAnswer;
  /** Count and sum of each window at a time, and whether the store still knows them exactly. */
  look(atMs: number): { values: number[]; exact: boolean };
} {
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

  function isExact(atMs: number): boolean {
    const newestMs = Math.max(...counted.map((payment) => payment.atMs), atMs);
    return newestMs - atMs <= exactUntilMs;
  }

  return {
    look: (atMs) => ({ values: windowsAt(atMs), exact: isExact(atMs) }),
    visit(payment) {
      const { atMs, amountMinor, source, offset, intentId } = payment;
      const known = answers.find((answer) => answer.intentId === intentId);
      const exact = isExact(atMs);
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

const hourMs = 3_600_000;
const mostMembers = 128;

/**
 * One set of the velocity store in plain words: members in the order in which they were refreshed,
 * each with the hour it was seen last and the payment that brought it. Answers members within 24h,
 * 7d and 30d, and 1 when the payment's own is new (NaN: it has none).
 */
export function createSetModel(): {
  visit(
    payment: ModelPayment & { member: string | null },
    counted: boolean,
  ): { values: number[]; exact: boolean };
} {
  let newestHour = 0;
  const members = new Map<string, { hour: number; broughtBy: string }>();
  const isWithin = (hour: number, seen: number): boolean[] => {
    const days = Math.floor(hour / 24) - Math.floor(seen / 24);
    return [hour - seen <= 24, days <= 7, days <= 30];
  };
  const countWithin = (hour: number): number[] =>
    [0, 1, 2].map(
      (window) => [...members.values()].filter((one) => isWithin(hour, one.hour)[window]).length,
    );
  return {
    visit({ atMs, member, intentId }, counted) {
      const hour = Math.floor(atMs / hourMs);
      newestHour = Math.max(newestHour, hour);
      const exact = newestHour - hour <= 24;
      const answer = countWithin(hour);
      if (member === null) return { values: [...answer, NaN], exact };
      const known = members.get(member);
      const isNew = known === undefined || isWithin(hour, known.hour)[2] === false;
      if (!counted) {
        if (known?.broughtBy !== intentId) return { values: [...answer, isNew ? 1 : 0], exact };
        const own = isWithin(hour, known.hour);
        const others = answer.map((count, window) => count - (own[window] ? 1 : 0));
        return { values: [...others, 1], exact };
      }
      if (known === undefined || known.hour < hour) {
        members.delete(member);
        const [first] = members;
        const isFull = members.size >= mostMembers;
        // Full of members of this very hour: no more are let in.
        if (isFull && first !== undefined && first[1].hour >= hour)
          return { values: [...answer, 1], exact };
        if (isFull && first !== undefined) members.delete(first[0]);
        const broughtBy = isNew || known === undefined ? intentId : known.broughtBy;
        members.set(member, { hour, broughtBy });
      }
      return { values: [...answer, isNew ? 1 : 0], exact };
    },
  };
}
