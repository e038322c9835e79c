import { randomUUID } from 'node:crypto';
import {
  createConnection,
  createDatabase,
  findWallets,
  openWallets,
  post,
  verifyInvariants,
  type Connection,
  type Database,
  type OutboxBatch,
  type WalletKind,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, systemClock, type Metrics } from '@wallet/runtime';
import type { Codec } from '@wallet/schemas';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createPosting, type Posting, type PostingPlan } from '../posting/posting.ts';
import { settlementPlan } from '../settlement/plan.ts';
import { createRecords } from './stage-records.ts';

export type Member = {
  posting: Posting;
  metrics: Metrics;
  connection: Connection;
  /** What it handed over to a relay. */
  committed: OutboxBatch[];
  /** Reads the positions as a newly assigned member does. */
  assign(): Promise<void>;
};

/** A ledger of its own with processors on it, fed with records made here instead of by Kafka. */
export type Stage = ReturnType<typeof createRecords> & {
  url: string;
  database: Database;
  /** One more member of settlement's group, or of another's. */
  join(options?: {
    plan?: PostingPlan;
    wrap?: (connection: Connection) => Connection;
  }): Promise<Member>;
  /** Puts money from outside on a wallet. */
  fund(walletId: string, amountMinor: bigint): Promise<void>;
  openWallet(options?: { kind?: WalletKind; currency?: string; balance?: bigint }): Promise<string>;
  close(): Promise<void>;
  /** Closes it, and throws when an invariant of its ledger is broken. */
  closeSound(): Promise<void>;
};

export async function createPostingStage(codec: Codec): Promise<Stage> {
  const { url, drop } = await createTestDatabase();
  const database = createDatabase({ url, applicationName: 'test stage' });
  const log = createLog({ role: 'test', level: 'fatal' });
  const members: Member[] = [];
  const close = async (): Promise<void> => {
    for (const { posting, connection } of members) {
      await posting.stop();
      await connection.close();
    }
    await database.close();
    await drop();
  };
  return {
    url,
    database,
    async join({ plan = settlementPlan, wrap = (connection: Connection) => connection } = {}) {
      const connection = await createConnection({ url, applicationName: `test ${plan.stage}` });
      const offsets = createStandingOffsets(database, plan.stage);
      const metrics = createMetrics({ role: 'test' });
      const committed: OutboxBatch[] = [];
      const posting = createPosting(plan, {
        ...{ database, codec, offsets, log, metrics, clock: systemClock },
        connection: wrap(connection),
        upcoming: () => [],
        onCommitted: (batches) => committed.push(...batches),
      });
      const assign = async (): Promise<void> => {
        for (const topic of plan.topics) await offsets.positions(topic, [0, 1, 2, 3]);
      };
      await assign();
      const member = { posting, metrics, connection, committed, assign };
      members.push(member);
      return member;
    },
    fund: (walletId, amountMinor) => fund(database, walletId, amountMinor),
    openWallet: (options) => openWallet(database, options),
    ...createRecords(codec),
    close,
    async closeSound() {
      const found = await verifyInvariants(database.knex);
      await close();
      const broken = found.filter(({ violations }) => violations > 0);
      if (broken.length > 0) throw new Error(`broken: ${JSON.stringify(broken)}`);
    },
  };
}

async function openWallet(
  database: Database,
  options: { kind?: WalletKind; currency?: string; balance?: bigint } = {},
): Promise<string> {
  const { kind = 'customer', currency = 'USD', balance = 0n } = options;
  const id = randomUUID();
  await openWallets(database.knex, [{ id, ownerId: randomUUID(), kind, currency }]);
  if (balance > 0n) await fund(database, id, balance);
  return id;
}

async function fund(database: Database, walletId: string, balance: bigint): Promise<void> {
  const facts = (await findWallets(database.knex, [walletId])).get(walletId);
  const accountId = facts?.accounts.customer ?? facts?.accounts.merchant_available;
  if (facts === undefined || accountId === undefined) throw new Error('wallet was not opened');
  const [result] = await post(database.knex, [
    {
      type: 'transfer',
      id: randomUUID(),
      kind: 'top_up',
      paymentId: null,
      intentId: randomUUID(),
      legs: [
        { accountId: facts.platform.external, amountMinor: -balance, currency: facts.currency },
        { accountId, amountMinor: balance, currency: facts.currency },
      ],
    },
  ]);
  if (result?.ok !== true) throw new Error('the money was refused');
}
