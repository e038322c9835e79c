import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createPhases, createStack, type Stack } from '@wallet/stack';
import { memberOf, type Resident } from '../support/api.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { ledgerSums } from '../support/effects.ts';
import type { ServerAddresses } from '../support/server-addresses.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 120_000;
/** How long a server is away. */
const awayMs = 3_000;
const betweenRequestsMs = 100;
/** No answer of the edge takes longer, whatever is away. */
const boundMs = 5_000;
/** From the return of the server until everything accepted is at rest again. */
const recoveryMs = 30_000;

let stack: Stack;
let system: System;
let ann: Resident;
let bob: Resident;

beforeAll(async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-outages-'));
  chmodSync(dataDir, 0o755); // PostgreSQL may run as another user than we
  stack = await createStack({
    dataDir,
    services: ['postgres', 'redis', 'kafka', 'registry'],
    named: {},
    docker: false,
    supervise: false,
    phases: createPhases(null),
  });
  system = await startSystem({
    servers: addressesOf(stack.env),
    rules: 'lenient',
    supervise: true,
  });
  ann = await system.api.customerWith(1_000_000);
  bob = await system.api.customerWith(1_000_000);
}, startMs);

afterAll(async () => {
  await system?.stop();
  await stack?.destroy();
}, startMs);

function addressesOf(env: Readonly<Record<string, string>>): ServerAddresses {
  const { DATABASE_URL, REDIS_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL } = env;
  if (!DATABASE_URL || !REDIS_URL || !KAFKA_BROKERS || !SCHEMA_REGISTRY_URL) {
    throw new Error('the stack has not all of the four servers');
  }
  return { DATABASE_URL, REDIS_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL };
}

type Outage = {
  server: string;
  how: NodeJS.Signals;
  back: NodeJS.Signals | null;
  /** Does the whole pipeline go on without it? */
  spared: boolean;
};

type Asked = { key: string; answer: HttpAnswer; tookMs: number };

async function payOnce(key: string, options: { wait?: number } = {}): Promise<Asked> {
  const startedMs = performance.now();
  const order = { from: ann.walletId, to: bob.walletId, amountMinor: 1 };
  const answer = await ann.pay(order, { key, ...options });
  return { key, answer, tookMs: performance.now() - startedMs };
}

/** Sends payments one after the other's time, whatever becomes of them, as long as `until` runs. */
async function payMeanwhile({ server, how, spared }: Outage, until: Promise<unknown>) {
  let over = false;
  const end = (): void => void (over = true);
  until.then(end, end);
  const asked: Promise<Asked>[] = [];
  while (!over) {
    asked.push(payOnce(`${server}-${how}-${asked.length}`, spared ? { wait: 2 } : {}));
    await pause(betweenRequestsMs);
  }
  await until;
  return Promise.all(asked);
}

async function untilAtRest(ids: readonly string[], what: string): Promise<void> {
  let left = [...ids];
  await system.waitFor(
    async () => {
      const statuses = await Promise.all(left.map((id) => ann.get(`/payments/${id}`)));
      left = left.filter((_, index) => statuses[index]?.json?.['status'] !== 'captured');
      return left.length === 0;
    },
    `the payments ${what} to be captured`,
    recoveryMs,
  );
}

const outages: Outage[] = [
  { server: 'registry', how: 'SIGKILL', back: null, spared: true },
  { server: 'redis', how: 'SIGKILL', back: null, spared: false },
  { server: 'redis', how: 'SIGSTOP', back: 'SIGCONT', spared: false },
  { server: 'kafka-1', how: 'SIGKILL', back: null, spared: false },
  { server: 'kafka-1', how: 'SIGSTOP', back: 'SIGCONT', spared: false },
  { server: 'postgres', how: 'SIGKILL', back: null, spared: false },
];

/** @returns when it answers again, by `performance.now()` */
async function takeAway({ server, how, back }: Outage): Promise<number> {
  const unit = stack.server(server);
  const ended = unit.ended();
  unit.kill(how);
  if (back === null) await ended;
  await pause(awayMs); // the fault itself: the server is away for this long
  if (back === null) await unit.start();
  else unit.kill(back);
  await unit.ready();
  return performance.now();
}

describe('while a server is away', () => {
  test.each(outages)(
    '($server by $how) every answer is 202 or 503 in bounded time, and nothing accepted is lost',
    async (outage) => {
      const { server, how, spared } = outage;
      const startedMs = performance.now();
      const back = takeAway(outage);
      const asked = await system.guard(() => payMeanwhile(outage, back));
      const isLawful = ({ answer: { status, json, headers }, tookMs }: Asked): boolean => {
        if (tookMs > boundMs) return false;
        if (spared) return status === 200 && json?.['status'] === 'captured';
        return status === 202 || (status === 503 && headers['retry-after'] !== undefined);
      };
      expect(
        asked
          .filter((one) => !isLawful(one))
          .map(({ answer, tookMs }) => `${answer.status} after ${tookMs} ms ${answer.text}`),
      ).toEqual([]);

      // A client that was turned away comes again with the same key, until it is accepted.
      const ids = await Promise.all(
        asked.map(async ({ key, answer }) =>
          answer.status !== 503
            ? String(memberOf(answer, answer.status, 'id'))
            : system.waitFor(
                async () => {
                  const again = await payOnce(key);
                  return again.answer.status === 202 && String(again.answer.json?.['id']);
                },
                `payment ${key} to be accepted after ${server} came back`,
                recoveryMs,
              ),
        ),
      );
      expect(new Set(ids).size).toBe(asked.length);
      await untilAtRest(ids, `of the time without ${server}`);
      const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
      const accepted = asked.filter(({ answer }) => answer.status !== 503).length;
      process.stdout.write(
        `${server} (${how}) back after ${seconds((await back) - startedMs)} s: ${accepted} of ` +
          `${asked.length} accepted meanwhile, all captured ` +
          `${seconds(performance.now() - (await back))} s after its return\n`,
      );
      const posted = await system.db.knex.raw<{ rows: { count: string }[] }>(
        'select count(*) from audit.transfers where payment_id = any(?::uuid[])',
        [ids],
      );
      expect(Number(posted.rows[0]?.count)).toBe(ids.length);
    },
    awayMs + 2 * recoveryMs + 30_000,
  );

  test('at the end money is where it belongs', async () => {
    for (const { balances, entries } of await ledgerSums(system.db)) {
      expect({ balances, entries }).toEqual({ balances: '0', entries: '0' });
    }
    const balances = await system.db.knex.raw<{ rows: { sum: string }[] }>(
      'select sum(balance_minor) from audit.accounts where wallet_id = any(?::uuid[])',
      [[ann.walletId, bob.walletId]],
    );
    expect(balances.rows[0]?.sum).toBe('2000000');
  });
});
