import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { createDatabase, createLedger } from '@wallet/core-ledger';
import type {
  AccountKind,
  AccountToOpen,
  Database,
  Ledger,
  TransferItem,
} from '@wallet/core-ledger';
import { createPhases, createStack, deployDatabase, type Stack } from '@wallet/stack';
import { systemClock } from '@wallet/runtime';
import type { Part } from '../accounting.ts';
import { createId, type Accounts } from './loads.ts';

/** PostgreSQL of its own, the ledger in this process, and accounts with money. */
export type LedgerSystem = {
  database: Database;
  databaseUrl: string;
  ledger: Ledger;
  accounts: Accounts;
  parts(): Part[];
  /** Bytes of transfers and entries with their indexes, and how many numbers were drawn. */
  sizes(): Promise<{ bytes: number; transfers: number }>;
  close(): Promise<void>;
};

/** History is written in large statements. */
const longestStatementMs = 120_000;
const customerCount = 100_000;
const accountsAtOnce = 500;
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
  const database = createDatabase({
    ...{ url: databaseUrl, applicationName: 'wallet bench', longestStatementMs },
  });
  const ledger = createLedger({ db: database, clock: systemClock });
  const accounts = await phases.run('accounts', () => openFunded(database, ledger));
  return {
    ...{ database, databaseUrl, ledger, accounts },
    parts: () => [
      { name: 'caller', pid: process.pid },
      { name: 'postgres', pid: postgresPid(stack) },
    ],
    sizes: () => readSizes(database),
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

async function readSizes({ knex }: Database): Promise<{ bytes: number; transfers: number }> {
  const found = await knex.raw<{ rows: { bytes: string; transfers: string }[] }>(
    `select (select last_value from transfer_number_seq) as transfers,
       pg_total_relation_size('transfer') + (select sum(pg_total_relation_size(inhrelid))
         from pg_inherits where inhparent = 'entry'::regclass) as bytes`,
  );
  const [row] = found.rows;
  return { bytes: Number(row?.bytes), transfers: Number(row?.transfers) };
}

const newAccount = (kind: AccountKind): AccountToOpen => ({
  walletId: randomUUID(),
  ownerId: randomUUID(),
  kind,
  currency,
});

async function openFunded({ knex }: Database, ledger: Ledger): Promise<Accounts> {
  const platform = { walletId: null, ownerId: null, kind: 'external', currency } as const;
  const [external = 0n, merchant = 0n] = await ledger.openAccounts([
    platform,
    newAccount('merchant_pending'),
  ]);
  const payers: bigint[] = [];
  while (payers.length < customerCount) {
    const opened = await ledger.openAccounts(
      Array.from({ length: accountsAtOnce }, () => newAccount('customer')),
    );
    const [result] = await ledger.post([fundingOf(opened, external)]);
    if (result?.ok !== true) throw new Error(`no money: ${JSON.stringify(result)}`);
    payers.push(...opened);
  }
  await knex.raw('vacuum analyze');
  return { payers, merchant };
}

/** One transfer to many accounts, so that the journal is short when the measurements begin. */
function fundingOf(accountIds: readonly bigint[], external: bigint): TransferItem {
  const total = openingMinor * BigInt(accountIds.length);
  return {
    type: 'transfer',
    ...{ id: createId(), kind: 'top_up', paymentId: null, intentId: null },
    legs: [
      { accountId: external, amountMinor: -total, currency },
      ...accountIds.map((accountId) => ({ accountId, amountMinor: openingMinor, currency })),
    ],
  };
}
