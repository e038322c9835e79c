import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { createDatabase, createLedger, openWallets, type Database } from '@wallet/core-ledger';
import type { Ledger } from '@wallet/core-ledger';
import { createPhases, createStack, deployDatabase, type Stack } from '@wallet/stack';
import { systemClock } from '@wallet/runtime';
import type { Part } from './accounting.ts';
import { createId, type Accounts } from './ledger-loads.ts';

/** PostgreSQL of its own, the ledger in this process, and accounts with money. */
export type LedgerSystem = {
  database: Database;
  databaseUrl: string;
  ledger: Ledger;
  accounts: Accounts;
  parts(): Part[];
  close(): Promise<void>;
};

const customerCount = 10_000;
const openingMinor = 1_000_000_000n;
const currency = 'USD';

export async function startLedgerSystem(): Promise<LedgerSystem> {
  const phases = createPhases();
  const dataDir = mkdtempSync(join(tmpdir(), 'wallet-bench-'));
  chmodSync(dataDir, 0o755); // as root, PostgreSQL runs as another user
  const stack = await createStack({
    ...{ dataDir, services: ['postgres'], named: {}, docker: false, phases },
  });
  await deployDatabase(stack, phases);
  const databaseUrl = stack.env['DATABASE_URL'] ?? '';
  const database = createDatabase({ url: databaseUrl, applicationName: 'wallet bench' });
  const ledger = createLedger({ db: database, clock: systemClock });
  const accounts = await phases.run('accounts', () => openFunded(database, ledger));
  return {
    ...{ database, databaseUrl, ledger, accounts },
    parts: () => [
      { name: 'caller', pid: process.pid },
      { name: 'postgres', pid: postgresPid(stack) },
    ],
    async close() {
      await ledger.close();
      await database.close();
      await stack.destroy();
    },
  };
}

function postgresPid(stack: Stack): number {
  return stack.server('postgres').pid() ?? 0;
}

async function openFunded({ knex }: Database, ledger: Ledger): Promise<Accounts> {
  const wallets = Array.from({ length: customerCount + 1 }, (_, index) => ({
    ...{ id: randomUUID(), ownerId: randomUUID(), currency },
    kind: index === 0 ? ('merchant' as const) : ('customer' as const),
  }));
  await knex.transaction((trx) => openWallets(trx, wallets));
  const found = await knex.raw<{ rows: { id: string; kind: string }[] }>(
    'select id, kind from account',
  );
  const idsOf = (kind: string): bigint[] =>
    found.rows.filter((row) => row.kind === kind).map(({ id }) => BigInt(id));
  const payers = idsOf('customer');
  const [external = 0n] = idsOf('external');
  const [merchant = 0n] = idsOf('merchant_pending');
  for (let at = 0; at < payers.length; at += 500) {
    const some = payers.slice(at, at + 500);
    await ledger.post(some.map((accountId) => fundingOf(accountId, external)));
  }
  return { payers, merchant };
}

function fundingOf(accountId: bigint, external: bigint) {
  return {
    ...{ type: 'transfer' as const, id: createId(), kind: 'top_up' as const },
    ...{ paymentId: null, intentId: createId() },
    legs: [
      { accountId: external, amountMinor: -openingMinor, currency },
      { accountId, amountMinor: openingMinor, currency },
    ],
  };
}
