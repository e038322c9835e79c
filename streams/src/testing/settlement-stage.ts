import { createHash, randomUUID } from 'node:crypto';
import {
  createConnection,
  createDatabase,
  createWalletFacts,
  findWallets,
  openWallets,
  post,
  type Connection,
  type Database,
  type OutboxBatch,
  type WalletKind,
} from '@wallet/core-ledger';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createLog, createMetrics, systemClock, type Metrics } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import type { Codec, Decision, InboundRecord, PaymentIntent, WalletIntent } from '@wallet/schemas';
import { createStandingOffsets } from '../runner/standing-offsets.ts';
import { createSettlement, settlementGroup, type Settlement } from '../settlement/settlement.ts';

export type Member = {
  settlement: Settlement;
  metrics: Metrics;
  connection: Connection;
  /** What it handed over to a relay. */
  committed: OutboxBatch[];
  /** Reads the positions as a newly assigned member does. */
  assign(): Promise<void>;
};

/** A ledger of its own with settlement on it, fed with records made here instead of by Kafka. */
export type SettlementStage = {
  url: string;
  database: Database;
  /** One more member of the consumer group. */
  join(wrap?: (connection: Connection) => Connection): Promise<Member>;
  openWallet(options?: { kind?: WalletKind; currency?: string; balance?: bigint }): Promise<string>;
  payment(intent: Partial<PaymentIntent>, decision?: Partial<Decision>): InboundRecord;
  topUp(intent: Partial<WalletIntent>): InboundRecord;
  close(): Promise<void>;
};

export async function createSettlementStage(codec: Codec): Promise<SettlementStage> {
  const { url, drop } = await createTestDatabase();
  const database = createDatabase({ url, applicationName: 'test stage' });
  const log = createLog({ role: 'test', level: 'fatal' });
  const members: Member[] = [];
  const make = createRecords(codec);
  return {
    url,
    database,
    async join(wrap = (connection) => connection) {
      const connection = await createConnection({ url, applicationName: 'test settlement' });
      const offsets = createStandingOffsets(database, settlementGroup);
      const metrics = createMetrics({ role: 'test' });
      const committed: OutboxBatch[] = [];
      const settlement = createSettlement({
        ...{ codec, offsets, log, metrics, clock: systemClock },
        connection: wrap(connection),
        facts: createWalletFacts({ db: database.knex }),
        onCommitted: (batches) => committed.push(...batches),
      });
      const assign = async (): Promise<void> => {
        for (const { name } of [topics.paymentScored, topics.walletIntents]) {
          await offsets.positions(name, [0, 1, 2, 3]);
        }
      };
      await assign();
      const member = { settlement, metrics, connection, committed, assign };
      members.push(member);
      return member;
    },
    openWallet: (options) => openWallet(database, options),
    ...make,
    async close() {
      for (const { settlement, connection } of members) {
        await settlement.stop();
        await connection.close();
      }
      await database.close();
      await drop();
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
  if (balance === 0n) return id;
  const facts = (await findWallets(database.knex, [id])).get(id);
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
        { accountId: facts.platform.external, amountMinor: -balance, currency },
        { accountId, amountMinor: balance, currency },
      ],
    },
  ]);
  if (result?.ok !== true) throw new Error('opening balance was refused');
  return id;
}

/** Records with offsets that go on from each other in partition 0 of their topics. */
function createRecords(codec: Codec) {
  const offsets = new Map<string, number>();
  const record = (topic: string, key: string, value: Buffer): InboundRecord => {
    const offset = offsets.get(topic) ?? 0;
    offsets.set(topic, offset + 1);
    const headers = { traceparent: '00-1-2-01', 'request-id': `request-${offset}` };
    return { topic, partition: 0, offset, timestampMs: Date.now(), key, value, headers };
  };
  return {
    payment(intent: Partial<PaymentIntent>, decision: Partial<Decision> = {}): InboundRecord {
      const whole = paymentIntentOf(intent);
      const scored = { intent: whole, decision: { ...approval, ...decision } };
      const value = codec.encode(topics.paymentScored, scored);
      return record(topics.paymentScored.name, whole.payer_wallet_id, value);
    },
    topUp(intent: Partial<WalletIntent>): InboundRecord {
      const whole = walletIntentOf(intent);
      const value = codec.encode(topics.walletIntents, whole);
      return record(topics.walletIntents.name, whole.intent_id, value);
    },
  };
}

const approval: Decision = {
  outcome: 'approve',
  score: 0,
  degraded: false,
  decided_at: Date.now(),
  ruleset_hash: 'a'.repeat(64),
  engine_version: '1',
  catalogue_version: '1',
  findings: [],
  features: Array.from({ length: 30 }, (_, index) => BigInt(index * 1_000)),
};

function paymentIntentOf(intent: Partial<PaymentIntent>): PaymentIntent {
  const amount = intent.amount_minor ?? 100n;
  return {
    intent_id: randomUUID(),
    caller_id: randomUUID(),
    payer_wallet_id: randomUUID(),
    payee_wallet_id: randomUUID(),
    payer_id: randomUUID(),
    payee_id: randomUUID(),
    amount_minor: amount,
    currency: 'USD',
    capture: 'automatic',
    authorization_expires_in: null,
    description: 'lunch',
    reference: null,
    metadata: null,
    context: {
      ...{ ip: '192.0.2.1', device_id: 'device-1', card_bin: null },
      ...{ card_fingerprint: null, country: null },
    },
    payload_hash: hashOf(amount),
    accepted_at: Date.now(),
    ...intent,
  };
}

function walletIntentOf(intent: Partial<WalletIntent>): WalletIntent {
  const amount = intent.amount_minor ?? 100n;
  return {
    intent_id: randomUUID(),
    caller_id: randomUUID(),
    kind: 'top_up',
    wallet_id: randomUUID(),
    owner_id: randomUUID(),
    amount_minor: amount,
    currency: 'USD',
    reference: null,
    payload_hash: hashOf(amount),
    accepted_at: Date.now(),
    ...intent,
  };
}

function hashOf(amountMinor: bigint): Buffer {
  return createHash('sha256').update(amountMinor.toString()).digest();
}
