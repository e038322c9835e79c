import { createWalletClient } from '@wallet/api-client';
import { createHttpClient, type HttpClient } from '../support/http-client.ts';
import { readAudit } from './audit.ts';
import { createBehaviour } from './behaviour.ts';
import { eachAtMost } from './concurrency.ts';
import { createDesk, type Desk } from './desk.ts';
import { enrol } from './enrolment.ts';
import { openLoop } from './open-loop.ts';
import { createPaying } from './paying.ts';
import { createPayouts } from './payouts.ts';
import { createPerformer, type Performer } from './performer.ts';
import { planPopulation, transferPrice, type Population } from './population.ts';
import type { Difference } from './difference.ts';
import { reconcile } from './reconcile.ts';
import { finalReport, progressLine } from './report.ts';
import { createSessions } from './sessions.ts';
import type { Settings } from './settings.ts';
import { findStaff } from './staff.ts';
import { settleAll } from './settling.ts';
import { createTally, type Tally } from './tally.ts';
import { createTold, type Told } from './told.ts';

const currency = 'USD';
const connections = 64;
/** How long nothing may come to rest before the rest is given up. */
const settleWithinMs = 60_000;
const progressEveryMs = 5_000;

/**
 * Plays a day in a town of customers and merchants against a running edge, then holds what it was
 * told against the audit views.
 * @param say takes each line of output @returns every difference: empty is good
 */
export async function simulate(
  settings: Settings,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<Difference[]> {
  const { seed, rate, seconds, edgeUrl } = settings;
  const run = Date.now().toString(36);
  const client = createHttpClient({ baseUrl: edgeUrl, connections });
  const waiting = createHttpClient({ baseUrl: edgeUrl, connections: 1_000 });
  const sessions = createSessions(client);
  const told = createTold();
  const tally = createTally();
  const population = planPopulation(seed, sizesFor(rate));
  say(`seed ${seed}: ${rate} acts/s for ${seconds} s against ${edgeUrl}`);
  try {
    const api = createWalletClient({ baseUrl: edgeUrl, retries: { attempts: 8 } });
    const town = await enrol(population, { api, sessions, run, currency });
    for (const { walletId, kind } of town.everybody) {
      told.wallets.set(walletId, { id: walletId, kind, currency });
    }
    const desk = createDesk({
      client: byPatience(client, waiting),
      sessions,
      town,
      told,
      tally,
      currency,
    });
    const settle = (): Promise<void> =>
      settleAll({ client, sessions, town, told, tally, progress: () => undefined }, settleWithinMs);
    await fund(population, desk, { rate, seconds, run });
    const staff = await findStaff(sessions);
    const payouts = createPayouts(desk, staff);
    await payouts.arrange();
    await settle();
    say(`${population.customers.length} customers, ${population.merchants.length} merchants; go`);
    await playDay(settings, {
      population,
      performer: createPerformer(desk, tally, { staff, payouts }),
      told,
      tally,
      run,
      say,
      signal,
    });
    say('waiting until everything accepted has come to rest …');
    await settle();
    const differences = [
      ...tally.unlawful,
      ...reconcile(told, await readAudit(settings.databaseUrl, told)),
    ];
    say(finalReport(settings, tally, told, differences));
    return differences;
  } finally {
    client.close();
    waiting.close();
  }
}

/** Enough people that nobody acts many times a second, few enough to enrol within seconds. */
function sizesFor(rate: number): { customers: number; merchants: number } {
  const customers = Math.round(Math.min(80, Math.max(12, rate / 2)));
  return { customers, merchants: Math.max(4, Math.round(customers / 5)) };
}

/** Those who wait must not take the connections of those who do not. */
function byPatience(client: HttpClient, waiting: HttpClient): HttpClient {
  return {
    send: (request) => (request.headers?.['prefer'] === undefined ? client : waiting).send(request),
    close: () => undefined,
  };
}

/** Puts on each customer's wallet what the day will cost, or for some far less. */
async function fund(
  population: Population,
  desk: Desk,
  { rate, seconds, run }: { rate: number; seconds: number; run: string },
): Promise<void> {
  const paying = createPaying(desk);
  const expectedMinor =
    (rate * seconds * transferPrice.medianMinor * 4) / population.customers.length;
  const wallets = population.customers.map((customer, index) => ({ customer, index }));
  await eachAtMost(8, wallets, async ({ customer, index }) => {
    const amount = expectedMinor * Math.max(0.5, customer.zeal) * (customer.short ? 0.05 : 1);
    const key = `${run}-fund-${index}`;
    await paying.topUp({ kind: 'customer', index }, Math.max(10_000, Math.round(amount)), key);
  });
}

type Day = {
  population: Population;
  performer: Performer;
  told: Told;
  tally: Tally;
  run: string;
  say: (line: string) => void;
  signal: AbortSignal;
};

async function playDay({ seed, rate, seconds }: Settings, day: Day): Promise<void> {
  const behaviour = createBehaviour(day.population, seed);
  const underWay = new Set<Promise<void>>();
  const startedAtMs = performance.now();
  const faults: unknown[] = [];
  const progress = setInterval(() => {
    const secondsSoFar = (performance.now() - startedAtMs) / 1_000;
    day.say(progressLine(day.tally, day.told, { secondsSoFar, seconds, underWay: underWay.size }));
  }, progressEveryMs);
  await openLoop({ rate, seconds, signal: day.signal }, (sequence, dueAtMs, fraction) => {
    const act = behaviour.nextAct(fraction);
    const done = day.performer
      .perform(act, `${day.run}-${sequence}`, dueAtMs)
      .catch((error: unknown) => void faults.push(error))
      .finally(() => underWay.delete(done));
    underWay.add(done);
  });
  await Promise.all(underWay);
  clearInterval(progress);
  // A fault here is the simulator's own or an answer it cannot read: never pass over it.
  if (faults.length > 0)
    throw new AggregateError(faults, `${faults.length} acts failed: ${String(faults[0])}`);
}
