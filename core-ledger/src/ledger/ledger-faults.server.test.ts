import { randomUUID } from 'node:crypto';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createDatabase } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { createTestDatabase } from '../testing/index.ts';
import type { TransferItem } from './items.ts';
import { createLedger } from './ledger.ts';
import type { Ledger } from './ledger.ts';

let url: string;
let drop: () => Promise<void>;
let db: Database;
let accounts: bigint[];
const opened: { close(): Promise<void> }[] = [];
const clock = { nowMs: Date.now };
/** Its deadlines of seconds pass in tenths of them. */
const fastClock = { nowMs: () => Date.now() * 10 };

beforeAll(async () => {
  ({ url, drop } = await createTestDatabase());
  db = createDatabase({ url, applicationName: 'test ledger faults' });
  const { ledger } = start(url);
  accounts = await ledger.openAccounts(
    Array.from({ length: 6 }, () => ({
      ...{ walletId: randomUUID(), ownerId: randomUUID(), currency: 'USD', limitMinor: null },
      kind: 'customer',
    })),
  );
});
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});
afterAll(async () => {
  await db.close();
  await drop();
});

function start(databaseUrl: string, time = clock): { ledger: Ledger; name: string } {
  const name = `test ${randomUUID().slice(0, 8)}`;
  const own = createDatabase({ url: databaseUrl, applicationName: name });
  const ledger = createLedger({ db: own, clock: time });
  opened.push(own, ledger);
  return { ledger, name };
}

function transfer(from: number, to: number, reference: string | null = null): TransferItem {
  return {
    type: 'transfer',
    ...{ id: randomUUID(), kind: 'payment', paymentId: null, intentId: null, reference },
    legs: [
      { accountId: accounts[from] ?? 0n, currency: 'USD', amountMinor: -1n },
      { accountId: accounts[to] ?? 0n, currency: 'USD', amountMinor: 1n },
    ],
  };
}

const posted = [{ ok: true, repeated: false }];

async function countOf(items: readonly TransferItem[]): Promise<number> {
  const ids = items.map(({ id }) => id);
  const found = await db.knex('transfer').whereIn('id', ids).count<{ count: string }[]>();
  return Number(found[0]?.count);
}

type Cut = 'before the commit' | 'after the commit';

/** Stands between the ledger and the server, and can cut a connection around a commit. */
async function createProxy(): Promise<{
  url: string;
  cut: (when: Cut) => void;
  /** Takes no more connections. */
  shut: () => void;
}> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let cutting: Cut | null = null;
  const server: Server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const end = (): void => {
      cutting = null;
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => sockets.delete(socket));
    }
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (bytes) => {
      if (cutting === 'before the commit' && bytes.includes('commit\0')) end();
      else upstream.write(bytes);
    });
    upstream.on('data', (bytes) => {
      if (cutting === 'after the commit' && bytes.includes('COMMIT\0')) end();
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  opened.push({
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      return Promise.resolve();
    },
  });
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String((server.address() as AddressInfo).port);
  return { url: proxied.href, cut: (when) => (cutting = when), shut: () => void server.close() };
}

/** Locks an account from outside, as a forgotten session would. */
async function lockOutside(account: number): Promise<() => Promise<void>> {
  const outside = createDatabase({ url, applicationName: 'test outside', poolSize: 1 });
  const trx = await outside.knex.transaction();
  await trx.raw('select from account where id = ? for update', [String(accounts[account])]);
  let isOpen = true;
  const release = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await trx.rollback();
    await outside.close();
  };
  opened.push({ close: release });
  return release;
}

describe('a connection lost', () => {
  test.each<Cut>(['before the commit', 'after the commit'])(
    '%s is resolved: each item is posted once, and its caller hears of it as if nothing was',
    async (when) => {
      const proxy = await createProxy();
      const { ledger } = start(proxy.url);
      await ledger.post([transfer(0, 1)]);
      const items = [transfer(0, 1), transfer(1, 0), transfer(2, 3)];
      proxy.cut(when);
      const answers = await Promise.all(items.map((item) => ledger.post([item])));
      expect(answers).toEqual(items.map(() => posted));
      expect(await countOf(items)).toBe(items.length);
      const again = await ledger.post(items);
      expect(again).toEqual(items.map(() => ({ ok: true, repeated: true })));
    },
  );

  test('around the commit of a server that stays away is told as unknown', async () => {
    const proxy = await createProxy();
    const { ledger } = start(proxy.url, fastClock);
    await ledger.post([transfer(0, 1)]);
    const item = transfer(0, 1);
    proxy.cut('after the commit');
    proxy.shut();
    await expect(ledger.post([item])).rejects.toMatchObject({
      ...{ code: 'commit_unknown', retriable: true },
    });
    const { ledger: later } = start(url);
    expect(await later.post([item])).toEqual([{ ok: true, repeated: true }]);
  });

  test('in mid-batch reaches all callers of the batch, and only those', async () => {
    const release = await lockOutside(0);
    const { ledger, name } = start(url);
    const batch = [transfer(0, 1), transfer(2, 3), transfer(4, 5)];
    const answers = Promise.allSettled(batch.map((item) => ledger.post([item])));
    await killWaiting(name);
    for (const answer of await answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { retriable: true } });
    }
    expect(await ledger.post([transfer(2, 3)])).toEqual(posted);
    await release();
    expect(await countOf(batch)).toBe(0);
    for (const item of batch) expect(await ledger.post([item])).toEqual(posted);
  });
});

/** Ends the session of the ledger that waits for a lock. */
async function killWaiting(name: string): Promise<void> {
  for (;;) {
    const found = await db.knex.raw<{ rows: unknown[] }>(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name like ? and wait_event_type = 'Lock'`,
      [`${name}%`],
    );
    if (found.rows.length > 0) return;
    await sleep(5);
  }
}

describe('an account that someone else keeps locked', () => {
  test('delays its own callers alone, until it is free', async () => {
    const release = await lockOutside(0);
    const { ledger } = start(url);
    const blocked = ledger.post([transfer(0, 1)]);
    const neighbours = [transfer(2, 3), transfer(3, 2), transfer(1, 2)];
    const answers = await Promise.all(neighbours.map((item) => ledger.post([item])));
    expect(answers).toEqual(neighbours.map(() => posted));
    const startedAt = performance.now();
    expect(await ledger.post([transfer(4, 5)])).toEqual(posted);
    expect(performance.now() - startedAt).toBeLessThan(500);
    await release();
    expect(await blocked).toEqual(posted);
  });

  test('for too long is a fault that says so, and nothing was posted', async () => {
    await lockOutside(0);
    const { ledger } = start(url, fastClock);
    const item = transfer(0, 1);
    await expect(ledger.post([item])).rejects.toMatchObject({
      ...{ code: 'account_locked', retriable: true },
    });
    expect(await countOf([item])).toBe(0);
  });
});

test('an item that breaks its batch is alone with its fault', async () => {
  await db.knex.raw(`alter table transfer add constraint no_poison check (reference <> 'poison')`);
  const { ledger } = start(url);
  const batch = Array.from({ length: 9 }, (_, at) => transfer(0, 1, at === 4 ? 'poison' : null));
  const answers = await Promise.allSettled(batch.map((item) => ledger.post([item])));
  for (const [at, answer] of answers.entries()) {
    if (at !== 4) expect(answer).toEqual({ status: 'fulfilled', value: posted });
    else expect(answer).toMatchObject({ reason: { code: '23514', retriable: false } });
  }
  await db.knex.raw('alter table transfer drop constraint no_poison');
});
