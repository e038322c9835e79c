import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deadLetterTopicOf, topics, type InboundRecord, type PaymentIntent } from '@wallet/schemas';
import { createRawKafka, readTopic, type RawKafka } from '@wallet/schemas/testing';
import { memberOf, type Resident } from '../support/api.ts';
import { ledgerSums, readEffects } from '../support/effects.ts';
import { isRead } from '../support/positions.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
/** "The next good record of that partition is settled within seconds." */
const secondsMs = 5_000;
const drainMs = 30_000;

let system: System;
let raw: RawKafka;
let ann: Resident;
let bob: Resident;

beforeAll(async () => {
  system = await startSystem({ rules: 'lenient' });
  raw = await createRawKafka(system);
  [ann, bob] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.customerWith(1_000_000),
  ]);
}, startMs);

afterAll(async () => {
  await raw?.close();
  await system?.stop();
}, startMs);

const intents = topics.paymentIntents.name;

async function deadLettersOf(topic: string): Promise<InboundRecord[]> {
  return readTopic({ ...system, topic: deadLetterTopicOf(topic) });
}

function intentOf(overrides: Partial<PaymentIntent> = {}): PaymentIntent {
  return {
    intent_id: randomUUID(),
    caller_id: ann.userId,
    payer_wallet_id: ann.walletId,
    payee_wallet_id: bob.walletId,
    payer_id: ann.userId,
    payee_id: bob.userId,
    amount_minor: 100n,
    currency: 'USD',
    capture: 'automatic',
    authorization_expires_in: null,
    description: null,
    reference: null,
    metadata: null,
    context: { ip: null, device_id: null, card_bin: null, card_fingerprint: null, country: null },
    payload_hash: Buffer.alloc(32, 1),
    accepted_at: Date.now(),
    ...overrides,
  };
}

const encoded = (overrides?: Partial<PaymentIntent>): Buffer =>
  system.wire.codec.encode(topics.paymentIntents, intentOf(overrides));

function withSchemaId(value: Buffer, id: number): Buffer {
  const changed = Buffer.from(value);
  changed.writeInt32BE(id, 1);
  return changed;
}

/** A good payment of the same payer, so behind the poison in the same partition. */
async function settlesQuickly(): Promise<void> {
  const order = { from: ann.walletId, to: bob.walletId, amountMinor: 5 };
  const id = String(memberOf(await ann.pay(order), 202, 'id'));
  await system.waitFor(
    async () => (await ann.get(`/payments/${id}`)).json?.['status'] === 'captured',
    `payment ${id}, behind a poison record, to be captured`,
    secondsMs,
  );
}

/** The dead letter of one source record; there must be exactly one. */
async function deadLetterAt(
  topic: string,
  at: { partition: number; offset: number },
): Promise<InboundRecord> {
  const isOfRecord = ({ headers }: InboundRecord): boolean =>
    headers['dead-letter-partition'] === String(at.partition) &&
    headers['dead-letter-offset'] === String(at.offset);
  const letters = await system.waitFor(
    async () => {
      const found = (await deadLettersOf(topic)).filter(isOfRecord);
      return found.length > 0 && found;
    },
    `a dead letter of ${topic} ${at.partition}/${at.offset}`,
    secondsMs,
  );
  expect(letters).toHaveLength(1);
  return letters[0] as InboundRecord;
}

const poison: { what: string; reason: string; value: () => Buffer | null }[] = [
  { what: 'bytes without a frame', reason: 'not_framed', value: () => Buffer.from('{"a":1}') },
  { what: 'an empty value', reason: 'not_framed', value: () => Buffer.alloc(0) },
  {
    what: 'an unknown schema id',
    reason: 'unknown_schema',
    value: () => withSchemaId(encoded(), 2_000_000_000),
  },
  {
    what: 'a frame around nonsense',
    reason: 'undecodable',
    value: () => Buffer.concat([encoded().subarray(0, 5), Buffer.alloc(40, 0xff)]),
  },
  {
    what: 'half a record',
    reason: 'undecodable',
    value: () => encoded().subarray(0, encoded().length / 2),
  },
  { what: 'a null value', reason: 'null_value', value: () => null },
];

describe('a poison record among the intents', () => {
  test.each(poison)(
    '($what) becomes one dead letter with its reason, and the next record goes through',
    async ({ reason, value }) => {
      const bytes = value();
      const at = await raw.put({ topic: intents, key: ann.walletId, value: bytes });
      await settlesQuickly();
      const letter = await deadLetterAt(intents, at);
      expect(letter.headers).toMatchObject({
        'dead-letter-topic': intents,
        'dead-letter-reason': reason,
        'dead-letter-timestamp': expect.stringMatching(/^\d+$/),
        'dead-letter-attempts': expect.stringMatching(/^\d+$/),
      });
      expect(letter.key).toBe(ann.walletId);
      expect(letter.value ?? Buffer.alloc(0)).toEqual(bytes ?? Buffer.alloc(0));
    },
  );

  test('of two megabytes is refused before it is in the topic', async () => {
    const before = await system.wire.admin.endOffsets(intents);
    const value = Buffer.alloc(2 * 1024 * 1024, 1);
    await expect(raw.put({ topic: intents, key: ann.walletId, value })).rejects.toThrow(/large/i);
    const publisher = system.wire.createPublisher();
    await expect(
      publisher.publish({ topic: intents, key: ann.walletId, value }),
    ).rejects.toMatchObject({ code: 'too_large', retriable: false });
    await publisher.close();
    expect(await system.wire.admin.endOffsets(intents)).toEqual(before);
    await settlesQuickly();
  });
});

describe('an intent id that comes again', () => {
  async function captured(): Promise<{ id: string; intent: PaymentIntent }> {
    const order = { from: ann.walletId, to: bob.walletId, amountMinor: 250 };
    const id = String(memberOf(await ann.pay(order, { wait: 10 }), 200, 'id'));
    for (const { value } of await readTopic({ ...system, topic: intents })) {
      const decoded = system.wire.codec.decode(topics.paymentIntents, value);
      if (decoded.ok && decoded.value.intent_id === id) return { id, intent: decoded.value };
    }
    throw new Error(`payment ${id} is not among the intents`);
  }

  const forgeries = [
    { whose: 'the hash of its own body', payload_hash: Buffer.alloc(32, 9) },
    { whose: 'the hash of the first body', payload_hash: undefined },
  ];

  test.each(forgeries)(
    'with another amount and $whose is one dead letter and moves nothing',
    async ({ payload_hash: forgedHash }) => {
      const { id, intent } = await captured();
      const before = await readEffects(system.db);
      const payload_hash = forgedHash ?? intent.payload_hash;
      const forged = encoded({ ...intent, amount_minor: 251n, payload_hash });
      await raw.put({ topic: intents, key: ann.walletId, value: forged });
      await system.waitFor(
        async () =>
          (await deadLettersOf(topics.paymentScored.name)).filter(
            ({ value, headers }) =>
              headers['dead-letter-reason'] === 'payload_mismatch' && value?.includes(id),
          ).length === 1,
        `one dead letter of payment ${id}, which came again with another amount`,
        secondsMs,
      );
      const { accounts, payments } = await readEffects(system.db);
      expect(accounts).toEqual(before.accounts);
      expect(payments).toEqual(before.payments);
      await settlesQuickly();
    },
  );

  test('unchanged is a duplicate: no effect, no dead letter', async () => {
    const { intent } = await captured();
    const letters = (await deadLettersOf(topics.paymentScored.name)).length;
    const before = await readEffects(system.db);
    await raw.put({ topic: intents, key: ann.walletId, value: encoded(intent) });
    await settlesQuickly(); // behind it: so it has been through the whole pipeline
    const after = await readEffects(system.db);
    expect(after.payments.length).toBe(before.payments.length + 1);
    expect(after.counts['transfer']).toBe((before.counts['transfer'] ?? 0) + 1);
    expect(await deadLettersOf(topics.paymentScored.name)).toHaveLength(letters);
  });
});

describe('offsets set back to the earliest', () => {
  test('bring no new effect, and the next payment goes through', async () => {
    // Each topic with dead letters has one ticket, and no repeat will open another.
    await system.waitFor(ticketsOpened, 'tickets about the dead letters', drainMs);
    await system.waitFor(everythingPublished, 'the outbox and the inbox to be complete', drainMs);
    await system.process('streams').stop();
    const before = await readEffects(system.db);
    await system.db.knex.raw('delete from consumer_offset');
    for (const group of [
      'fraud',
      'settlement',
      'commands',
      'tickets',
      'outcomes',
      'notifications',
    ]) {
      await raw.forgetOffsets(group).catch((error: unknown) => {
        // A group that keeps its place in the database alone may be unknown to Kafka.
        if (!/not.*found|exist/i.test(String(error))) throw error;
      });
    }
    await system.restart('streams');
    await system.waitFor(replayed, 'every group to have read its topics again', drainMs);
    const { counts, ...money } = await readEffects(system.db);
    expect(money).toEqual({ accounts: before.accounts, payments: before.payments });
    // Dead letters go through the outbox too: the poison of the tests above is found once more.
    expect({ ...counts, outbox: 0 }).toEqual({ ...before.counts, outbox: 0 });
    await settlesQuickly();
    expect(await ledgerSums(system.db)).toEqual([
      expect.objectContaining({ balances: '0', entries: '0' }),
      ...(await ledgerSums(system.db)).slice(1),
    ]);
  });

  async function ticketsOpened(): Promise<boolean> {
    const found = await system.db.knex.raw<{ rows: { topic: string }[] }>(
      `select object_id as topic from ticket_link where kind = 'dead_letter' order by 1`,
    );
    const about = [intents, topics.paymentScored.name];
    return found.rows.map(({ topic }) => topic).join() === about.join();
  }

  async function everythingPublished(): Promise<boolean> {
    const found = await system.db.knex.raw<{ rows: { open: string }[] }>(
      'select count(*) as open from outbox_batch where published_at is null',
    );
    return (
      found.rows[0]?.open === '0' &&
      (await isRead(system, 'notifications', topics.paymentEvents.name))
    );
  }

  async function replayed(): Promise<boolean> {
    // In the order of the pipeline: what a stage has finished is what the next one must read.
    return (
      (await isFraudDone()) &&
      (await isRead(system, 'settlement', topics.paymentScored.name)) &&
      (await isRead(system, 'commands', topics.walletIntents.name)) &&
      (await isRead(system, 'tickets', topics.ticketIntents.name)) &&
      (await isRead(system, 'notifications', topics.paymentEvents.name))
    );
  }

  async function isFraudDone(): Promise<boolean> {
    const committed = await system.wire.admin.committed('fraud', intents);
    const ends = await system.wire.admin.endOffsets(intents);
    return [...ends].every(([partition, end]) => end === 0 || committed.get(partition) === end);
  }
});
