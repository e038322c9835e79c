import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createDraft,
  markHandled,
  moveRuleSet,
  publishRuleSet,
  rollBackRuleSet,
} from '@wallet/core-ledger';
import { deadLetterTopicOf, topics } from '@wallet/schemas';
import type { Fault, Heal } from '../fault.ts';
import { behindTheBack } from '../tampering.ts';
import type { World } from '../world.ts';

/** Adds one minor unit to the newest entry that is sealed. @returns what takes it back */
export async function tamperWithEntry(world: World): Promise<Heal & { entry: string }> {
  const found = await world.system.db.knex.raw<{ rows: { account_id: string; version: string }[] }>(
    `select e.account_id, e.version from entry e join transfer t on t.id = e.transfer_id
     where t.number <= (select max(last_number) from chain_block)
     order by e.posted_at desc limit 1`,
  );
  const { account_id: account = '0', version = '0' } = found.rows[0] ?? {};
  const add = (by: number): Promise<void> =>
    behindTheBack(
      world,
      `update entry set amount_minor = amount_minor + ${by}
       where account_id = ${account} and version = ${version}`,
    );
  await add(1);
  return Object.assign(() => add(-1), { entry: `${account}-${version}` });
}

/** One minor unit more on a wallet, and no entry for it. */
async function tamperWithBalance(world: World): Promise<Heal> {
  const add = (by: number): Promise<void> =>
    behindTheBack(
      world,
      `update account set balance_minor = balance_minor + ${by}
       where kind = 'customer' and wallet_id = '${world.ann.walletId}'`,
    );
  await add(1);
  return () => add(-1);
}

/** Writes a record that cannot be read, and later dismisses its dead letter. */
const poison =
  (topic: string, value: Buffer): Fault['inject'] =>
  async ({ raw, system }) => {
    await raw.put({ topic, key: randomUUID(), value });
    return async () => {
      const letters = await system.wire.admin.offsets(deadLetterTopicOf(topic));
      const places = [...letters].flatMap(([partition, { low, high }]) =>
        Array.from({ length: high - low }, (_, index) => ({
          ...{ topic, partition, offset: low + index },
        })),
      );
      const handled = { outcome: 'dismissed', reason: 'a planted fault' } as const;
      await markHandled(system.db.knex, places, handled);
    };
  };

const person = () => ({ id: randomUUID(), role: 'analyst', requestId: null }) as const;

async function publishText({ system }: World, rules: string): Promise<string> {
  const [author, other] = [person(), person()];
  const made = await createDraft(system.db, { name: 'fault', rules }, author);
  if (!made.ok) throw new Error(made.reason);
  const { id } = made.ruleSet;
  await moveRuleSet(system.db, id, { action: 'submit', actor: author });
  await moveRuleSet(system.db, id, { action: 'approve', actor: other });
  const evidenceOf = async () => ({ shadowPayments: 0, backtested: false });
  const how = { percent: 100, gate: null, evidenceOf, actor: author };
  const published = await publishRuleSet(system.db, id, how);
  if (!published.ok) throw new Error(published.reason);
  return id;
}

/** A set as a newer version would publish it: this one cannot read it. */
async function breakRules(world: World): Promise<Heal> {
  const { db } = world.system;
  await publishText(world, 'review "large" when amount_minor > 90000000');
  const id = await publishText(world, 'review "larger" when amount_minor > 91000000');
  await behindTheBack(
    world,
    `update fraud_ruleset set rules = 'review "larger" when of_the_next_version > 2'
     where id = '${id}'`,
  );
  // Processes that have compiled it keep it: the fault is met by those that start.
  await world.system.restart('streams:fraud');
  return async () => {
    await rollBackRuleSet(db, { actor: person() });
  };
}

const loginsPerSecond = 8;

/** Wrong passwords, each for another account so that no lock-out slows it down. */
const floodLogins: Fault['inject'] = async ({ system }) => {
  let over = false;
  const tries: Promise<unknown>[] = [];
  const body = (): string =>
    JSON.stringify({ email: `${randomUUID()}@wallet.test`, password: 'a wrong one' });
  const headers = { 'content-type': 'application/json' };
  const flooding = (async () => {
    while (!over) {
      const request = { method: 'POST', path: '/login', headers, body: body() } as const;
      tries.push(system.api.http.send(request).catch(() => undefined));
      await pause(1_000 / loginsPerSecond);
    }
    await Promise.all(tries);
  })();
  return async () => {
    over = true;
    await flooding;
  };
};

export const dataFaults: readonly Fault[] = [
  {
    name: 'entry changed',
    does: 'A superuser adds one minor unit to an entry of the ledger',
    alert: 'LedgerWrong',
    inject: tamperWithEntry,
  },
  {
    name: 'balance changed',
    does: 'A superuser adds one minor unit to a balance, without an entry',
    alert: 'LedgerWrong',
    inject: tamperWithBalance,
  },
  {
    name: 'payment poisoned',
    does: 'A record of payment-intents is no Avro at all',
    alert: 'DeadLetters',
    inject: poison(topics.paymentIntents.name, Buffer.from('{"amount": 1}')),
  },
  {
    name: 'command poisoned',
    does: 'A record of wallet-intents names a schema that nobody knows',
    alert: 'DeadLetters',
    inject: poison(topics.walletIntents.name, Buffer.from([0, 0x77, 0x35, 0x94, 0, 1, 2, 3])),
  },
  {
    name: 'rules unusable',
    does: 'A published set of fraud rules cannot be read by this version',
    alert: 'RuleSetUnusable',
    inject: breakRules,
  },
  {
    name: 'login flood',
    does: `${loginsPerSecond} logins a second with wrong passwords, each for another account`,
    alert: 'LoginsRefused',
    inject: floodLogins,
  },
];
