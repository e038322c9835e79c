import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { badRequestNames, badRequests } from './bad-requests.ts';
import { createBehaviour, type Act } from './behaviour.ts';
import { planPopulation } from './population.ts';
import { activityAt, customerRhythms } from './rhythm.ts';

const acts = 20_000;

function actsOf(seed: number): Act[] {
  const population = planPopulation(seed, { customers: 40, merchants: 8 });
  const behaviour = createBehaviour(population, seed);
  return Array.from({ length: acts }, (_, index) => behaviour.nextAct(index / acts));
}

type Payment = Extract<Act, { waitSeconds: number | null; order: unknown }>;

function ordersOf(list: readonly Act[]): Payment[] {
  return list.filter((act): act is Payment => act.kind === 'purchase' || act.kind === 'transfer');
}

describe('the population', () => {
  it('does the same again for the same seed, and something else for another', () => {
    expect(isDeepStrictEqual(actsOf(7), actsOf(7))).toBe(true);
    expect(isDeepStrictEqual(actsOf(8), actsOf(7))).toBe(false);
  });

  it('never pays itself, and pays whole amounts of at least one minor unit', () => {
    const wrong = actsOf(1).filter(
      (act) =>
        'order' in act &&
        (isDeepStrictEqual(act.order.payer, act.order.payee) ||
          !Number.isSafeInteger(act.order.amountMinor) ||
          act.order.amountMinor < 1),
    );
    expect(wrong).toEqual([]);
  });

  it('does everything often enough to prove something: each kind at least 0.5% of all acts', () => {
    const counts = Map.groupBy(actsOf(3), ({ kind }) => kind);
    const kinds: Act['kind'][] = [
      ...(['purchase', 'transfer', 'overdraw', 'double_click', 'foreign_wallet'] as const),
      ...(['bad_request', 'repeat', 'altered_repeat', 'look', 'foreign_look', 'top_up'] as const),
      'ticket',
    ];
    const rare = kinds.filter((kind) => (counts.get(kind)?.length ?? 0) < acts * 0.005);
    expect(rare).toEqual([]);
  });

  it('sends every bad request of the table', () => {
    const seen = new Set(actsOf(4).flatMap((act) => (act.kind === 'bad_request' ? act.fault : [])));
    expect([...seen].sort()).toEqual([...badRequestNames].sort());
  });

  it('goes back to its favourites', () => {
    const pairs = Map.groupBy(
      ordersOf(actsOf(5)).filter(({ kind }) => kind === 'transfer'),
      ({ order }) => order.payer.index,
    );
    const [someone] = [...pairs.values()].sort((left, right) => right.length - left.length);
    const perFriend = [...Map.groupBy(someone ?? [], ({ order }) => order.payee.index).values()];
    const most = Math.max(...perFriend.map(({ length }) => length));
    expect(most / (someone?.length ?? 0)).toBeGreaterThan(0.35);
  });

  it('keeps the day: early birds pay in the morning, night owls at midnight', () => {
    const population = planPopulation(6, { customers: 40, merchants: 8 });
    const orders = ordersOf(actsOf(6));
    const shareOf = (rhythm: string, from: number, to: number): number => {
      const part = orders.slice((from / 24) * orders.length, (to / 24) * orders.length);
      const theirs = part.filter(
        ({ order }) => population.customers[order.payer.index]?.rhythm === rhythm,
      );
      return theirs.length / part.length;
    };
    expect(shareOf('early', 6, 8)).toBeGreaterThan(2 * shareOf('early', 22, 24));
    expect(shareOf('night', 22, 24)).toBeGreaterThan(2 * shareOf('night', 6, 8));
  });

  it('has nobody asleep for good: the pipeline always has something to do', () => {
    const hours = Array.from({ length: 96 }, (_, quarter) => quarter / 4);
    const activities = customerRhythms.flatMap((rhythm) =>
      hours.map((hour) => activityAt(rhythm, hour)),
    );
    expect(Math.min(...activities)).toBeGreaterThan(0);
  });
});

describe('a bad request', () => {
  it('differs from the good one it was made of, and leaves that one alone', () => {
    const good = {
      headers: {
        authorization: 'Bearer x',
        'idempotency-key': 'k',
        'content-type': 'application/json',
      },
      body: { payer_wallet_id: 'a', payee_wallet_id: 'b', amount_minor: 100, currency: 'USD' },
    };
    const before = structuredClone(good);
    for (const name of badRequestNames) {
      expect({ name, spoiled: badRequests[name].spoil(good) }).not.toEqual({ name, spoiled: good });
      expect(good).toEqual(before);
    }
  });
});
