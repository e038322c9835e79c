import { describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { createAvroType } from './avro-types.ts';
import { createCodec } from './codec.ts';
import { readSchema, schemaText } from './schema-files.ts';
import { sampleDecision, samplePaymentIntent } from './testing/sample-records.ts';
import { allTopics, judgedPayments, topics } from './topics.ts';

const ids = new Map(allTopics.map(({ name }, at) => [name, at + 1]));
const seed = 20_260_802;

function codecWith(schemas: Readonly<Record<number, string>> = {}) {
  const writerType = jest.fn(async (id: number) => {
    const schema = schemas[id];
    return schema === undefined ? null : createAvroType(JSON.parse(schema));
  });
  return { codec: createCodec({ ids, writerType }), writerType };
}

const framed = (id: number, body: Buffer) => {
  const header = Buffer.alloc(5);
  header.writeInt32BE(id, 1);
  return Buffer.concat([header, body]);
};

describe('encode and decode', () => {
  const { codec } = codecWith();

  test('the value comes back, in a buffer of its own and of its exact size', () => {
    const intent = samplePaymentIntent();
    const first = codec.encode(topics.paymentIntents, intent);
    const second = codec.encode(topics.paymentIntents, { ...intent, currency: 'EUR' });
    expect(first.readUInt8(0)).toBe(0);
    expect(first.readInt32BE(1)).toBe(1);
    expect(first.length).toBe(second.length);
    expect(plain(codec.decode(topics.paymentIntents, first))).toEqual({ ok: true, value: intent });
  });

  test('a value larger than the scratch is encoded too', () => {
    const intent = samplePaymentIntent({ description: 'é'.repeat(200_000) });
    const bytes = codec.encode(topics.paymentIntents, intent);
    expect(plain(codec.decode(topics.paymentIntents, bytes))).toEqual({ ok: true, value: intent });
  });

  test('a value that does not fit the schema throws', () => {
    const wrong = samplePaymentIntent({ amount_minor: 1 as unknown as bigint });
    expect(() => codec.encode(topics.paymentIntents, wrong)).toThrow();
  });
});

describe('a scored payment', () => {
  const { codec } = codecWith();
  const intent = samplePaymentIntent();
  const decision = sampleDecision();
  const whole = codec.encode(topics.paymentScored, { intent, decision });

  test('is the same bytes whether the intent is copied or encoded', () => {
    const own = codec.encode(topics.paymentIntents, intent);
    expect(codec.encodeScored(intent, own, decision)).toEqual(whole);
  });

  test('is encoded anew when the intent was written with another schema', () => {
    const foreign = framed(99, Buffer.from('something older'));
    expect(codec.encodeScored(intent, foreign, decision)).toEqual(whole);
  });

  test('grows the scratch when it must', () => {
    const large = samplePaymentIntent({ description: 'x'.repeat(300_000) });
    const { codec: fresh } = codecWith();
    const own = Buffer.from(fresh.encode(topics.paymentIntents, large));
    const { codec: small } = codecWith();
    expect(small.encodeScored(large, own, decision).length).toBeGreaterThan(own.length);
  });
});

describe('a topic read in part', () => {
  const { codec } = codecWith();
  const intent = samplePaymentIntent();
  const decision = sampleDecision();
  const bytes = codec.encode(topics.paymentScored, { intent, decision });

  test('gives the rest as it is', () => {
    const { findings, features, ...rest } = decision;
    expect([findings.length > 0, features.length > 0]).toEqual([true, true]);
    const read = codec.decode(judgedPayments, bytes);
    expect(plain(read)).toEqual({ ok: true, value: { intent, decision: rest } });
  });

  test('cannot be written: it would lack what others read', () => {
    expect(() => codec.encode(judgedPayments, { intent, decision })).toThrow('no schema is known');
  });

  test('is refused where what is passed over is broken, at once', () => {
    const schema = readSchema('payment-scored.avsc');
    const before = createAvroType(schema).toBuffer({
      intent,
      decision: { ...decision, findings: [] },
    });
    const bare = createAvroType(schema).toBuffer({
      ...{ intent, decision: { ...decision, findings: [], features: [] } },
    });
    const differAt = bare.findIndex((byte, at) => byte !== before[at]);
    const long = createAvroType('long');
    for (const count of [2n ** 40n, -(2n ** 40n)]) {
      const lie = Buffer.concat([
        bare.subarray(0, differAt),
        long.toBuffer(count),
        Buffer.alloc(9),
      ]);
      const id = ids.get(topics.paymentScored.name) ?? 0;
      expect(codec.decode(judgedPayments, framed(id, lie))).toMatchObject({
        ...{ ok: false, reason: 'undecodable', detail: 'more items than bytes' },
      });
    }
    expect(codec.decode(judgedPayments, bytes.subarray(0, -4))).toMatchObject({ ok: false });
  });
});

describe('what cannot be read', () => {
  const { codec } = codecWith({ 50: schemaText('wallet-event.avsc') });
  const good = codec.encode(topics.paymentIntents, samplePaymentIntent());
  const reasonOf = (bytes: Buffer | null) => {
    const decoded = codec.decode(topics.paymentIntents, bytes);
    return decoded.ok ? 'ok' : decoded.reason;
  };

  test.each([
    ['a null value', null, 'null_value'],
    ['no bytes', Buffer.alloc(0), 'not_framed'],
    ['four bytes', good.subarray(0, 4), 'not_framed'],
    ['another magic byte', Buffer.from([1, ...good.subarray(1)]), 'not_framed'],
    ['a byte too few', good.subarray(0, -1), 'undecodable'],
    ['a byte too many', Buffer.concat([good, Buffer.from([0])]), 'undecodable'],
    ['only a header', good.subarray(0, 5), 'undecodable'],
    ['an id not seen yet', framed(77, Buffer.alloc(3)), 'schema_not_loaded'],
  ])('%s: %#', (_, bytes, reason) => {
    expect(reasonOf(bytes)).toBe(reason);
  });

  test('an id unknown to the registry is an unknown schema', async () => {
    const records = [78].map((id) => ({ value: framed(id, Buffer.alloc(3)) }));
    await codec.load([...records, { value: null }, { value: Buffer.from('x') }]);
    const reasons = records.map(({ value }) => reasonOf(value));
    expect(reasons).toEqual(['unknown_schema']);
  });

  test("another topic's record is undecodable", async () => {
    const foreign = framed(50, Buffer.alloc(30));
    await codec.load([{ value: foreign }]);
    expect(reasonOf(foreign)).toBe('undecodable');
  });

  test('no broken record throws, hangs or fills the memory', () => {
    const scored = codec.encode(topics.paymentScored, {
      intent: samplePaymentIntent(),
      decision: sampleDecision(),
    });
    const damage = fc.array(fc.tuple(fc.nat(scored.length - 6), fc.nat(255)), { minLength: 1 });
    fc.assert(
      fc.property(damage, fc.nat(20), (changes, cut) => {
        const broken = Buffer.from(scored.subarray(0, scored.length - cut));
        for (const [at, byte] of changes) broken[5 + (at % (broken.length - 5))] = byte;
        codec.decode(topics.paymentScored, broken);
        codec.decode(judgedPayments, broken);
      }),
      { seed, numRuns: 5_000 },
    );
  });
});

describe('schemas of other versions', () => {
  const present = readSchema('wallet-event.avsc') as { fields: { name: string }[] };
  const absent = { failure_code: null, noun: null, noun_id: null };
  const older = {
    ...present,
    fields: present.fields.filter(({ name }) => !(name in absent)),
  };
  const event = {
    event_id: 'e',
    type: 'top_up.succeeded',
    object_id: 'o',
    wallet_id: 'w',
    owner_id: 'u',
    amount_minor: 5n,
    currency: 'USD',
    occurred_at: 1_790_000_000_000,
  };

  test('a record of an older schema is read, its missing fields by default', async () => {
    const { codec, writerType } = codecWith({ 60: JSON.stringify(older) });
    const value = framed(60, createAvroType(older).toBuffer(event));
    expect(codec.decode(topics.walletEvents, value)).toMatchObject({ reason: 'schema_not_loaded' });
    await codec.load([{ value }, { value }]);
    await codec.load([{ value }]);
    expect(writerType).toHaveBeenCalledTimes(1);
    const decoded = plain(codec.decode(topics.walletEvents, value));
    expect(decoded).toEqual({ ok: true, value: { ...event, ...absent } });
  });

  test('our own schemas are never asked for: records flow while the registry is away', async () => {
    const { codec, writerType } = codecWith();
    const value = codec.encode(topics.paymentIntents, samplePaymentIntent());
    await codec.load([{ value }]);
    expect(writerType).not.toHaveBeenCalled();
    expect(codec.decode(topics.paymentIntents, value).ok).toBe(true);
    expect(codec.decode(topics.walletIntents, value)).toMatchObject({ reason: 'undecodable' });
  });

  test('an unknown id is asked for once', async () => {
    const { codec, writerType } = codecWith();
    const records = [{ value: framed(61, Buffer.alloc(4)) }];
    await Promise.all([codec.load(records), codec.load(records)]);
    await codec.load(records);
    expect(writerType).toHaveBeenCalledTimes(1);
  });

  test('a registry that cannot answer is not taken for one that does not know', async () => {
    const answers = [new Error('away'), createAvroType(older)];
    const codec = createCodec({
      ids,
      writerType: async () => {
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    });
    const value = framed(62, createAvroType(older).toBuffer(event));
    await expect(codec.load([{ value }])).rejects.toThrow('away');
    expect(codec.decode(topics.walletEvents, value)).toMatchObject({ reason: 'schema_not_loaded' });
    await codec.load([{ value }]);
    expect(codec.decode(topics.walletEvents, value).ok).toBe(true);
  });
});

/** avsc's records are instances of classes of its own; comparing wants plain objects. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
