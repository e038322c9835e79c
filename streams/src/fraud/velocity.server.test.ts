import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { entities, features, featuresPerEntity } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import fc from 'fast-check';
import type { CountedPayment } from './calls.ts';
import {
  createEntityModel,
  type ModelAnswer,
  type ModelPayment,
} from '../testing/velocity-model.ts';
import { createVelocity, type Velocity } from './velocity.ts';

const url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const log = createLog({ role: 'test', level: 'error' });
const metrics = createMetrics({ role: 'test' });
const wanted = { entities: entities.map(({ name }) => name), deadlineMs: 5_000 };
const day = 86_400_000;
/** PROPERTY_SEED plays another run; a failure prints the seed. */
const seed = Number(process.env.PROPERTY_SEED ?? 473_185_618);
/** A boundary of all bucket sizes. */
const midnight = 20_000 * day;

type Step = { atMs: number; payer: number; payee: number; device: number | null; amount: number };

let velocity: Velocity;
beforeAll(async () => {
  velocity = await createVelocity({ url, keyPrefix: `test-${randomUUID()}:`, log, metrics });
});
afterAll(() => velocity.close());

function toCounted(step: Step & { intentId: string; partition: number; offset: number }) {
  const { payer, payee, device, amount } = step;
  const counted: CountedPayment = {
    payment: {
      payer_id: `payer-${payer}`,
      payee_id: `payee-${payee}`,
      payer_wallet_id: 'w',
      payee_wallet_id: 'v',
      amount_minor: BigInt(amount),
      currency: 'USD',
      capture: 'automatic',
      reference: null,
      context: {
        ip: device === null ? null : `${device} ünïcode ${'long'.repeat(40)}`,
        device_id: device === null ? null : `device-${device}`,
        card_bin: null,
        card_fingerprint: null,
        country: null,
      },
    },
    ...{ intentId: step.intentId, amountMinor: amount, acceptedAtMs: step.atMs },
    ...{ partition: step.partition, offset: step.offset, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
  return counted;
}

/** Answers of a payment by entity, as far as it has them. */
function answersOf({ features: values, payment }: CountedPayment): (number[] | null)[] {
  return entities.map(({ idOf }, index) => {
    if (idOf(payment) === null) return null;
    return [...values.slice(index * featuresPerEntity, (index + 1) * featuresPerEntity)];
  });
}

function createModel() {
  const models = new Map<string, ReturnType<typeof createEntityModel>>();
  return (counted: CountedPayment): (ModelAnswer | null)[] =>
    entities.map(({ name, idOf }) => {
      const id = idOf(counted.payment);
      if (id === null) return null;
      const key = `${name} ${id}`;
      const model = models.get(key) ?? createEntityModel();
      models.set(key, model);
      const { acceptedAtMs: atMs, amountMinor, partition: source, offset, intentId } = counted;
      const payment: ModelPayment = { atMs, amountMinor, source, offset, intentId };
      return model.visit(payment);
    });
}

/** Time passes by anything from nothing to weeks, and some payments come late. */
const gaps = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
  { weight: 3, arbitrary: fc.constantFrom(99_999, 100_000, 299_999, 300_000, 3_600_000, day) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * day }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * day }) },
);
const lateness = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
);
const moves = fc.array(
  fc.record({
    gap: gaps,
    late: lateness,
    payer: fc.nat(1),
    payee: fc.nat(2),
    device: fc.option(fc.nat(1)),
    amount: fc.integer({ min: 1, max: 1_000_000 }),
    partition: fc.nat(2),
    // What happens behind it: nothing, the last records again, or one of them at a new offset.
    again: fc.oneof(
      { weight: 8, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.record({ last: fc.integer({ min: 1, max: 30 }) }) },
      { weight: 1, arbitrary: fc.record({ copyOf: fc.integer({ min: 1, max: 5 }) }) },
    ),
    endsBatch: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60, size: 'max' },
);

/** The records of a run in batches, redeliveries and duplicates included. */
function play(run: typeof moves extends fc.Arbitrary<infer T> ? T : never, name: string) {
  const batches: CountedPayment[][] = [[]];
  const log: Parameters<typeof toCounted>[0][] = [];
  const offsets = [0, 0, 0];
  let nowMs = midnight;
  const add = (record: Parameters<typeof toCounted>[0]): unknown =>
    batches.at(-1)?.push(toCounted(record));
  const append = (record: Parameters<typeof toCounted>[0]): void => {
    log.push(record);
    add(record);
  };
  const nextOffset = (partition: number): number =>
    (offsets[partition] = (offsets[partition] ?? 0) + 1);
  for (const { gap, late, payer, payee, device, amount, partition, again, endsBatch } of run) {
    nowMs += gap;
    const step: Step = { atMs: nowMs - late, payer, payee, device, amount };
    append({
      ...step,
      partition,
      intentId: `${name}-${log.length}`,
      offset: nextOffset(partition),
    });
    if (again !== null && 'last' in again) log.slice(-again.last).forEach(add);
    const copied = again !== null && 'copyOf' in again ? log.at(-again.copyOf) : undefined;
    if (copied !== undefined) append({ ...copied, offset: nextOffset(copied.partition) });
    if (endsBatch) batches.push([]);
  }
  return batches.filter((batch) => batch.length > 0);
}

test('the store answers like the model: late, again, twice, across every bucket edge', async () => {
  let run = 0;
  await fc.assert(
    fc.asyncProperty(moves, async (steps) => {
      run += 1;
      const keyPrefix = `test-${randomUUID()}:`;
      const store = await createVelocity({ url, keyPrefix, log, metrics });
      try {
        const model = createModel();
        const firstWindows = new Map<string, number[] | undefined>();
        for (const batch of play(steps, String(run))) {
          await store.count(batch, wanted);
          for (const payment of batch) {
            expect(payment.complete).toBe(true);
            const answers = answersOf(payment);
            model(payment).forEach((expected, entity) => {
              const answer = answers[entity] ?? null;
              const windows = answer?.slice(0, -1);
              // Intents keep their payer, payee and device: one answer for each kind of entity.
              const name = `${entity} ${payment.intentId}`;
              if (expected?.repeats) expect(windows).toEqual(firstWindows.get(name));
              if (expected?.counted) firstWindows.set(name, windows);
              if (expected === null || expected.exact)
                expect(answer).toEqual(expected?.values ?? null);
              else
                expect(answer?.every((value, at) => value <= (expected.values[at] ?? -1))).toBe(
                  true,
                );
            });
          }
        }
      } finally {
        store.close();
      }
    }),
    { numRuns: 60, endOnFailure: true, seed },
  );
});

describe('one entity', () => {
  const make = (name: string, change: Partial<Parameters<typeof toCounted>[0]>) =>
    toCounted({
      ...{ atMs: midnight, payee: 9, device: null, amount: 100, partition: 0, offset: 0 },
      ...{ intentId: randomUUID(), payer: name.length, ...change },
    });
  const count1h = features.findIndex(({ name }) => name === 'payee.count_1h');
  const read = (payment: CountedPayment | undefined): number => payment?.features[count1h] ?? NaN;

  test('fifty at once see 0 … 49 before them, in one batch or in two', async () => {
    const payee = 501;
    const fifty = Array.from({ length: 50 }, (_, offset) => make('a', { payee, offset }));
    await Promise.all([
      velocity.count(fifty.slice(0, 20), wanted),
      velocity.count(fifty.slice(20), wanted),
    ]);
    expect(fifty.map(read)).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  test('a duplicate at a new offset does not count when that offset comes again', async () => {
    const payee = 505;
    const original = make('e', { payee, offset: 0 });
    const again = { payee, offset: 1, intentId: original.intentId };
    const others = Array.from({ length: 8 }, (_, offset) =>
      make('e', { payee, offset, partition: 1 }),
    );
    const after = make('e', { payee, offset: 8, partition: 1 });
    const run = [original, make('e', again), ...others, make('e', again), after];
    await velocity.count(run, wanted);
    expect(run.map(read)).toEqual([0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 9]);
  });

  test('a topic that was made anew counts again although its offsets start over', async () => {
    const payee = 502;
    const before = [7, 8].map((offset) => make('b', { payee, offset }));
    const after = [0, 1].map((offset) => make('b', { payee, offset, atMs: midnight + 1_000 }));
    await velocity.count(before, wanted);
    await velocity.count(after, wanted);
    expect([...before, ...after].map(read)).toEqual([0, 1, 2, 3]);
  });

  test('a payment an hour late counts in its own hour and disturbs nothing', async () => {
    const payee = 503;
    const hour = 3_600_000;
    const now = make('c', { payee, offset: 0, atMs: midnight + hour });
    const late = make('c', { payee, offset: 1, atMs: midnight });
    const next = make('c', { payee, offset: 2, atMs: midnight + hour + 1 });
    await velocity.count([now, late, next], wanted);
    expect([now, late, next].map(read)).toEqual([0, 0, 2]);
    const later = make('c', { payee, offset: 3, atMs: midnight + hour + 300_000 });
    await velocity.count([later], wanted);
    expect(read(later)).toBe(2);
  });

  test('sums are cut off where numbers stop being exact', async () => {
    const payee = 504;
    const large = [0, 1, 2, 3, 4, 5].map((offset) =>
      make('d', { payee, offset, amount: 1_000_000_000_000_000 }),
    );
    await velocity.count(large, wanted);
    const sum = features.findIndex(({ name }) => name === 'payee.sum_30d');
    expect(large.map((payment) => payment.features[sum])).toEqual([
      ...[0, 1e15, 2e15, 3e15, 4e15],
      2 ** 52 - 1,
    ]);
  });
});
