import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createDatabase, type Database } from '@wallet/core-ledger';
import { createTestDatabase, type TestDatabase } from '@wallet/core-ledger/testing';
import { topics } from '@wallet/schemas';
import { createTestWire, samplePaymentIntent, type TestWire } from '@wallet/schemas/testing';
import { backtestCommand } from './backtest.ts';

const minute = 60_000;
const start = Date.UTC(2026, 4, 20);
const payments = 300;
const range = ['--from', '2026-05-20T00:00:00Z', '--to', '2026-05-21T00:00:00Z'];

let own: TestDatabase;
let database: Database;
let bench: TestWire;
let folder: string;
beforeAll(async () => {
  own = await createTestDatabase();
  database = createDatabase({ url: own.url, applicationName: 'test backtest command' });
  bench = await createTestWire('backtest-command');
  folder = await mkdtemp(join(tmpdir(), 'wallet-backtest-'));
  const publisher = bench.wire.createPublisher();
  const intents = Array.from({ length: payments }, (_, index) =>
    samplePaymentIntent({ amount_minor: BigInt(1 + index), accepted_at: start + index * minute }),
  );
  await publisher.publishAll(
    intents.map((intent) => ({
      ...{ topic: topics.paymentIntents.name, key: intent.payer_wallet_id },
      value: bench.wire.codec.encode(topics.paymentIntents, intent),
    })),
  );
  await publisher.close();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await bench.close();
  await database.close();
  await own.drop();
});

async function run(...args: string[]): Promise<{ code: number; lines: string[] }> {
  const lines: string[] = [];
  const environment = {
    DATABASE_URL: own.url,
    KAFKA_BROKERS: bench.brokers.join(),
    SCHEMA_REGISTRY_URL: bench.registryUrl,
    KAFKA_TOPIC_PREFIX: bench.topicPrefix,
  };
  const print = (line: string): void => void lines.push(line);
  return { code: await backtestCommand(args, { environment, print }), lines };
}

async function fileOf(rules: string): Promise<string> {
  const file = join(folder, `${randomUUID()}.rules`);
  await writeFile(file, rules);
  return file;
}

const above = (amount: number) => fileOf(`review "above" when amount_minor > ${amount}`);

test('tells what a set would have done beside another one, and lists the differences', async () => {
  const [rules, against] = [await above(100), await above(250)];
  const { code, lines } = await run('--rules', rules, '--against', against, ...range);
  expect(code).toBe(0);
  const text = lines.join('\n');
  expect(text).toContain('300 payments from 2026-05-20T00:00:00.000Z');
  expect(text).toMatch(/^approve +250 +100$/m);
  expect(text).toMatch(/^review +50 +200$/m);
  expect(text).toMatch(/^above +200 +200/m);
  expect(text).toContain('150 payments differ');
  expect(lines.filter((line) => line.includes('approve → review'))).toHaveLength(10);
  expect(text).toMatch(/100% of 300 records/);
});

test('without another set it stands beside the one in force, shipped at first', async () => {
  const { code, lines } = await run('--rules', await above(1_000_000), ...range, '--show', '0');
  expect(code).toBe(0);
  expect(lines.join('\n')).toMatch(/^review +0 +0$/m);
});

test('what cannot be: a word, a problem in the rules, a job that nobody left', async () => {
  for (const args of [[], ['--rules', 'x'], ['--rules', 'x', '--from', '1d', '--to', '2d'], ['x']])
    expect(await run(...args)).toMatchObject({ code: 2 });
  const broken = await fileOf('review "above" when amount_minr > 1');
  await expect(run('--rules', broken, ...range)).rejects.toThrow(/cannot be used/);
  await expect(run('--resume', randomUUID())).rejects.toThrow(/No backtest/);
  const { rows } = await database.knex.raw<{ rows: { status: string }[] }>(
    'select distinct status from backtest',
  );
  expect(rows).toEqual([{ status: 'succeeded' }]);
});
