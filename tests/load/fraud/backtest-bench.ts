import { randomUUID } from 'node:crypto';
import {
  createClaimedBacktest,
  createDatabase,
  findBacktest,
  loadRuleSet,
  readDefaultRules,
  type BacktestSet,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { topics, type PaymentIntent, type Wire } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent } from '@wallet/schemas/testing';
import { runBacktest } from '@wallet/streams';
import { createRandom } from '../../simulate/random.ts';

const targetPerSecond = 20_000;
const publishedAtOnce = 5_000;
const start = Date.UTC(2026, 4, 1);
const days = 20;
const dayMs = 86_400_000;
/** A busy town: payees are few, and some of them are paid all the time. */
const [payers, payees] = [20_000, 2_000];

/**
 * Replays `intents` payments of twenty days from Kafka through the shipped rules and through fifty
 * others, on the servers of the environment. True when they pass at 20,000/s or more.
 */
export async function backtestBench(intents: number): Promise<boolean> {
  const { wire, close } = await createTestWire('backtest-bench');
  const own = await createTestDatabase();
  const database = createDatabase({ url: own.url, applicationName: 'bench', poolSize: 2 });
  try {
    console.log(`publishing ${intents} intents of ${days} days`);
    await publish(wire, intents);
    const worker = randomUUID();
    const leaseMs = 60_000;
    const claimed = await createClaimedBacktest(
      database,
      {
        ...{ candidate: setOf(fiftyRules()), champion: setOf(await readDefaultRules()) },
        ...{ from: new Date(start), to: new Date(start + (days + 1) * dayMs) },
        ...{ maturityDays: 7, requestedBy: null },
      },
      { worker, leaseMs },
    );
    const started = performance.now();
    const before = process.cpuUsage();
    const checkpointMs = 1_000;
    const signal = { aborted: false };
    await runBacktest({ wire, database, id: worker, leaseMs, checkpointMs, signal }, claimed);
    const seconds = (performance.now() - started) / 1_000;
    const { user, system } = process.cpuUsage(before);
    const { report } = (await findBacktest(database.knex, claimed.backtest.id)) ?? {};
    const perSecond = Math.round(intents / seconds);
    console.log(
      `${report?.payments.payments} judged by two sets in ${seconds.toFixed(1)} s: ` +
        `${perSecond}/s, ${((user + system) / intents).toFixed(1)} µs of CPU each, ` +
        `${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB; ${report?.differences} differ`,
    );
    const met = perSecond >= targetPerSecond && report?.payments.payments === intents;
    console.log(`${met ? '✓' : '✗'} at least ${targetPerSecond}/s, every one of them judged`);
    return met;
  } finally {
    await database.close();
    await own.drop();
    await close();
  }
}

/** As an analyst might write them: each reads other counters. */
function fiftyRules(): string {
  const windows = ['1h', '24h', '7d', '30d'];
  const rules = Array.from({ length: 50 }, (_, index) => {
    const entity = ['payer', 'payee', 'device'][index % 3];
    const window = windows[index % windows.length];
    const counted = `${entity}.count_${window} >= ${20 + 40 * index}`;
    const summed = `amount_minor * ${2 + (index % 7)} > ${entity}.sum_${window}`;
    return `score "rule ${index}" score ${1 + (index % 5)} when ${counted} && ${summed}`;
  });
  return rules.join('\n');
}

function setOf(rules: string): BacktestSet {
  const loaded = loadRuleSet(rules);
  if (loaded.ok) return { id: null, hash: loaded.ruleSet.hash, rules };
  throw new Error(`rules do not load: ${loaded.problems[0]?.message}`);
}

async function publish(wire: Wire, intents: number): Promise<void> {
  const random = createRandom(1);
  const publisher = wire.createPublisher();
  const sample = samplePaymentIntent();
  for (let from = 0; from < intents; from += publishedAtOnce) {
    const records = Array.from(
      { length: Math.min(publishedAtOnce, intents - from) },
      (_, index) => {
        const payer = `payer-${Math.floor(payers * random.next() ** 2)}`;
        const intent: PaymentIntent = {
          ...{ ...sample, intent_id: randomUUID(), caller_id: payer, payer_id: payer },
          ...{
            payer_wallet_id: payer,
            payee_id: `payee-${Math.floor(payees * random.next() ** 2)}`,
          },
          amount_minor: BigInt(random.integer(100, 50_000)),
          accepted_at: start + Math.floor(((from + index) / intents) * days * dayMs),
          context: { ...sample.context, device_id: `device-${payer}` },
        };
        const value = wire.codec.encode(topics.paymentIntents, intent);
        return { topic: topics.paymentIntents.name, key: payer, value };
      },
    );
    await publisher.publishAll(records);
  }
  await publisher.close();
}
