import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memberOf, type Person } from '../support/api.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { serversOfEnvironment } from '../support/server-addresses.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 120_000;
/** What the contract gives a rule set to be in force everywhere. */
const switchMs = 2_000;
const withinMs = 15_000;
/** Two wallets each: some of them are the one process's and some the other's. */
const customers = 5;
const oddMinor = 4_242;
const usualMinor = 12;
const fraudRoles = ['streams:fraud,settlement,commands', 'streams:fraud,outbox,timers'] as const;

const candidateRules = `review "odd amount" when amount_minor == ${oddMinor}`;

let system: System;
let ada: Person;
let bob: Person;
let crowd: Payer[];
beforeAll(async () => {
  const processors = [...fraudRoles.map((role) => role.slice('streams:'.length)), 'shadow'];
  system = await startSystem({ seed: true, rules: 'lenient', processors });
  const logIn = system.api.seeded;
  [ada, bob] = [await logIn('analyst1'), await logIn('analyst2')];
  const shop = await walletsOf(await logIn('merchant1'));
  crowd = [];
  for (let number = 1; number <= customers; number += 1) {
    const person = await logIn(`customer${number}`);
    for (const [currency, from] of await walletsOf(person))
      crowd.push({ person, currency, from, to: shop.get(currency) ?? '' });
  }
}, startMs);
afterAll(async () => {
  await system?.stop();
}, startMs);

/** Somebody with one of their wallets, and where it pays to. */
type Payer = { person: Person; from: string; to: string; currency: string };

/** Wallets by their currency. */
async function walletsOf(person: Person): Promise<Map<string, string>> {
  const wallets = memberOf(await person.get('/wallets'), 200, 'data');
  return new Map(
    (wallets as { id: string; currency: string }[]).map(({ id, currency }) => [currency, id]),
  );
}

const codeOf = ({ status, json }: HttpAnswer) => [status, json?.['code'] ?? json?.['status']];

const pay = ({ person, ...order }: Payer, amountMinor: number) =>
  person.pay({ ...order, amountMinor }, { wait: 10 });

/** The sets by which a process has last decided. */
async function hashesInForce(role: string): Promise<string[]> {
  const answer = await fetch(`${system.process(role).statusUrl}/metrics`);
  const lines = (await answer.text()).matchAll(
    /^wallet_fraud_ruleset_info\{.*?hash="([0-9a-f]+)".*?\} 1$/gm,
  );
  return [...lines].map(([, hash]) => hash ?? '');
}

/**
 * Lets everybody pay while a set is put in force.
 * @returns milliseconds from the answer of the edge until both processes have decided by it alone
 */
async function whileAllPay(change: () => Promise<HttpAnswer>) {
  let over = false;
  const paying = crowd.map(async (payer) => {
    for (; !over; await pause(100)) await pay(payer, usualMinor);
  });
  try {
    const answer = await change();
    const answeredMs = Date.now();
    const hash = String(memberOf(answer, 200, 'hash'));
    for (const role of fraudRoles)
      await system.waitFor(
        async () => {
          const inForce = await hashesInForce(role);
          if (inForce.join() === hash) return true;
          throw new Error(`it is ${inForce.join()}`);
        },
        `${role} to decide by ${hash}`,
        withinMs,
      );
    const tookMs = Date.now() - answeredMs;
    // For a while longer, so that one who falls back would be seen.
    await pause(switchMs);
    return { hash, answeredMs, tookMs };
  } finally {
    over = true;
    await Promise.all(paying);
  }
}

/** Sets by which payments were decided once there was no more excuse. */
async function hashesAfter(ms: number): Promise<string[]> {
  const found = await system.db.knex.raw<{ rows: { ruleset_hash: string }[] }>(
    'select distinct ruleset_hash from audit.decisions where decided_at > to_timestamp(?)',
    [ms / 1_000],
  );
  return found.rows.map(({ ruleset_hash: hash }) => hash);
}

async function publishedBy(two: [Person, Person]): Promise<string> {
  const [author, approver] = two;
  const slip = await author.post('/fraud/rulesets', {
    name: 'odd',
    rules: 'review "a" when amont > 1',
  });
  expect([slip.status, slip.json?.['errors']]).toMatchObject([
    422,
    [{ line: 1, column: 17, rule_problem: 'unknown_attribute' }],
  ]);
  const draft = await author.post('/fraud/rulesets', { name: 'odd', rules: candidateRules });
  const path = `/fraud/rulesets/${String(memberOf(draft, 201, 'id'))}`;
  expect(codeOf(await author.post(`${path}/shadow`, {}))).toEqual([200, 'shadow']);

  // In shadow it stops nothing, and tells what it would have done.
  const [payer] = crowd;
  if (payer === undefined) throw new Error('nobody is there to pay');
  await system.waitFor(
    async () => {
      expect(codeOf(await pay(payer, oddMinor))).toEqual([200, 'captured']);
      const { json } = await author.get(`${path}/shadow`);
      const differing = json?.['agreement'] as { live: string; shadow: string }[];
      return differing.some(({ live, shadow }) => live === 'approve' && shadow === 'review');
    },
    'the set in shadow to see the odd amount',
    withinMs,
  );
  expect(codeOf(await author.post(`${path}/publish`, {}))).toEqual([409, 'approval_required']);
  expect(codeOf(await author.post(`${path}/submit`, {}))).toEqual([200, 'submitted']);
  expect(codeOf(await author.post(`${path}/approve`, {}))).toEqual([409, 'same_person']);
  expect(codeOf(await approver.post(`${path}/approve`, {}))).toEqual([200, 'approved']);
  return path;
}

async function explain(paymentId: string): Promise<string> {
  const cli = fileURLToPath(new URL('../../ops/stack/src/cli.ts', import.meta.url));
  const env = {
    ...{ ...process.env, ...serversOfEnvironment(), DATABASE_URL: system.databaseUrl },
    KAFKA_TOPIC_PREFIX: system.topicPrefix,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'explain', paymentId], {
    env,
  });
  return stdout;
}

/** The case of a payment in review, seen by an analyst. */
async function caseOf(paymentId: string): Promise<string> {
  return system.waitFor(
    async () => {
      const { json } = await ada.get('/fraud/cases?status=open&limit=100');
      const open = json?.['data'] as { id: string; payment_id: string }[];
      return open.find(({ payment_id: of }) => of === paymentId)?.id;
    },
    `a case of payment ${paymentId}`,
    withinMs,
  );
}

async function underReview(payer: Payer): Promise<{ id: string; path: string }> {
  const asked = await pay(payer, oddMinor);
  expect(codeOf(asked)).toEqual([200, 'in_review']);
  const id = String(memberOf(asked, 200, 'id'));
  return { id, path: `/fraud/cases/${await caseOf(id)}` };
}

test(
  'two analysts bring a set to life over two processes, work its cases, and go back',
  () =>
    system.guard(async () => {
      const path = await publishedBy([ada, bob]);
      const live = await whileAllPay(() => ada.post(`${path}/publish`, {}));
      expect(live.tookMs).toBeLessThan(switchMs);
      expect(await hashesAfter(live.answeredMs + switchMs)).toEqual([live.hash]);

      const [payer, another, fresh] = crowd;
      if (!payer || !another || !fresh) throw new Error('the crowd is too small');
      const good = await underReview(payer);
      const approving = { key: 'good', wait: 10 };
      const approved = () => ada.post(`${good.path}/approve`, { reason: 'known' }, approving);
      expect(codeOf(await approved())).toEqual([200, 'succeeded']);
      expect(codeOf(await approved())).toEqual([200, 'succeeded']);
      expect(codeOf(await payer.person.get(`/payments/${good.id}`))).toEqual([200, 'captured']);
      const bad = await underReview(another);
      const before = (await another.person.get(`/wallets/${another.from}`)).json;
      expect(before).toMatchObject({ held_minor: oddMinor });
      const rejected = await bob.post(`${bad.path}/reject`, { reason: 'stolen' }, { wait: 10 });
      expect(codeOf(rejected)).toEqual([200, 'succeeded']);
      expect(codeOf(await another.person.get(`/payments/${bad.id}`))).toEqual([200, 'rejected']);
      const after = (await another.person.get(`/wallets/${another.from}`)).json;
      expect(after).toMatchObject({ held_minor: 0, balance_minor: before?.['balance_minor'] });

      const { json: decision } = await ada.get(`/fraud/decisions/${bad.id}`);
      expect(decision).toMatchObject({ outcome: 'review', ruleset_hash: live.hash });
      expect(await explain(bad.id)).toMatch(/review "odd amount"[^]*it comes out the same/);

      const back = await whileAllPay(() => bob.post('/fraud/rulesets/rollback', {}));
      expect(back.tookMs).toBeLessThan(switchMs);
      expect(await hashesAfter(back.answeredMs + switchMs)).toEqual([back.hash]);
      expect(codeOf(await pay(fresh, oddMinor))).toEqual([200, 'captured']);
      process.stdout.write(
        `both processes decide by the new set ${live.tookMs} ms after the answer, ` +
          `by the former one ${back.tookMs} ms after the roll-back\n`,
      );
    }),
  90_000,
);
