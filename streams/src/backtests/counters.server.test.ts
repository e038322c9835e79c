import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { features, type OutcomeKind, type Parties } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import fc from 'fast-check';
import { recordingPlan, velocityPlan } from '../fraud/plan.ts';
import { createVelocity, type Velocity } from '../fraud/velocity.ts';
import { createCounters } from './counters.ts';

const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
const log = createLog({ role: 'test', level: 'error' });
const metrics = createMetrics({ role: 'test' });
const hour = 3_600_000;
const day = 24 * hour;
const deadlineMs = 5_000;
/** PROPERTY_SEED plays another run; a failure prints the seed. */
const seed = Number(process.env['PROPERTY_SEED'] ?? 811_402_337);
/** A boundary of all bucket sizes. */
const midnight = 20_000 * day;

const kinds: OutcomeKind[] = ['disputed', 'fraud', 'declined', 'refunded', 'captured'];
/** Time passes by anything from nothing to weeks, and some items come late. */
const steps = fc.array(
  fc.record({
    gap: fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 20_000 }) },
      { weight: 2, arbitrary: fc.constantFrom(99_999, 100_000, 300_000, hour, day, 7 * day) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * day }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 31 * day }) },
    ),
    late: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 400_000 }) },
    ),
    payer: fc.nat(2),
    payee: fc.nat(1),
    device: fc.option(fc.nat(3)),
    card: fc.option(fc.nat(2)),
    amountMinor: fc.integer({ min: 1, max: 1_000_000 }),
    outcome: fc.option(fc.constantFrom(...kinds), { freq: 3 }),
  }),
  { minLength: 1, maxLength: 80, size: 'max' },
);

type Step = typeof steps extends fc.Arbitrary<(infer T)[]> ? T : never;

function partiesOf({ payer, payee, device, card }: Step): Parties {
  const device_id = device === null ? null : `device-${device}`;
  const card_fingerprint = card === null ? null : `card-${card}`;
  return {
    ...{ payer_id: `payer-${payer}`, payee_id: `payee-${payee}` },
    context: { device_id, card_fingerprint, ip: device_id, country: card === null ? null : 'DE' },
  };
}

const unread = () => new Float64Array(features.length).fill(NaN);

/** Plays the steps on both stores and compares every feature of every payment. */
async function compare(played: readonly Step[], velocity: Velocity): Promise<void> {
  const plan = velocityPlan(null);
  const counters = createCounters(plan);
  let nowMs = midnight;
  for (const [offset, step] of played.entries()) {
    nowMs += step.gap;
    // Redis forgets what was idle for 33 days, but by its own clock.
    if (nowMs - midnight > 32 * day) return;
    const payment = partiesOf(step);
    const { amountMinor, outcome } = step;
    const atMs = nowMs - step.late;
    const counted = {
      ...{ payment, id: `item-${offset}`, amountMinor, atMs, partition: 0, offset },
      ...{ features: unread(), complete: true },
    };
    if (outcome !== null) {
      counters.record({ kind: outcome, parties: payment, amountMinor, atMs });
      await velocity.count([counted], recordingPlan(outcome), deadlineMs);
      continue;
    }
    const own = unread();
    counters.count({ payment, amountMinor, atMs, features: own });
    await velocity.count([counted], plan, deadlineMs);
    expect(counted.complete).toBe(true);
    expect(named(own)).toEqual(named(counted.features));
  }
}

const named = (values: Float64Array): Record<string, number> =>
  Object.fromEntries(features.map(({ name }, index) => [name, values[index] ?? NaN]));

test('answers what Redis answers: late, idle for long, across every bucket edge', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (played) => {
      const keyPrefix = `test-${randomUUID()}:`;
      const velocity = await createVelocity({ url, keyPrefix, log, metrics });
      try {
        await compare(played, velocity);
      } finally {
        velocity.close();
      }
    }),
    { numRuns: 60, endOnFailure: true, seed },
  );
});

test.each([
  ['over hours', 50],
  ['within one hour', 1_000],
])('a crowd beyond what a set tells apart, %s', async (_, perHour) => {
  const keyPrefix = `test-${randomUUID()}:`;
  const velocity = await createVelocity({ url, keyPrefix, log, metrics });
  const crowd = Array.from({ length: 180 }, (_, index): Step => {
    const alike = {
      gap: index % perHour === 0 ? hour : 10,
      late: 0,
      payee: 0,
      device: null,
      card: 1,
    };
    return { ...alike, payer: (index * 7) % 150, amountMinor: 100 + index, outcome: null };
  });
  try {
    await compare(crowd, velocity);
  } finally {
    velocity.close();
  }
});

test('what was idle for 33 days begins anew', () => {
  const counters = createCounters(velocityPlan(null));
  const firstSeen = features.findIndex(({ name }) => name === 'payer.first_seen_seconds');
  const seen = [0, 32 * day, 64 * day, 97 * day].map((gap) => {
    const step = { gap, late: 0, payer: 1, payee: 1, device: null, card: null };
    const payment = partiesOf({ ...step, amountMinor: 1, outcome: null });
    const values = unread();
    counters.count({ payment, amountMinor: 1, atMs: midnight + gap, features: values });
    return values[firstSeen];
  });
  expect(seen).toEqual([0, (32 * day) / 1_000, (64 * day) / 1_000, 0]);
});

test('memory is bounded: those idle for longest are dropped, and that is told', () => {
  const limit = 1_000;
  const counters = createCounters(velocityPlan(null), limit);
  const atEach = (index: number) => midnight + index * 1_000;
  for (let index = 0; index < 2_000; index += 1) {
    const step = { gap: 0, late: 0, payer: index, payee: 0, device: null, card: null };
    const payment = partiesOf({ ...step, amountMinor: 1, outcome: null });
    counters.count({ payment, amountMinor: 1, atMs: atEach(index), features: unread() });
    expect(counters.size()).toBeLessThanOrEqual(limit);
  }
  expect(counters.forgotten()).toBeGreaterThan(0);
  // The busy payee is still known.
  const values = unread();
  const step: Step = {
    ...{ gap: 0, late: 0, payer: 5_000, payee: 0, device: null, card: null },
    ...{ amountMinor: 1, outcome: null },
  };
  const attempt = { payment: partiesOf(step), amountMinor: 1, atMs: atEach(2_000) };
  counters.count({ ...attempt, features: values });
  expect(values[features.findIndex(({ name }) => name === 'payee.count_30d')]).toBe(2_000);
});
