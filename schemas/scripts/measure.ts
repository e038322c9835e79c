// Prints what the wire costs a record, in µs of this process's CPU: `npm run -w schemas measure`.
// Needs KAFKA_BROKERS and SCHEMA_REGISTRY_URL. Figures rank, they do not promise: say the machine.
import { setTimeout as pause } from 'node:timers/promises';
import { judgedPayments, topics, type Topic } from '../src/index.ts';
import { createTestWire, sampleDecision, samplePaymentIntent } from '../src/testing/index.ts';

const WARM_UP = 20_000;
const ROUNDS = 100_000;
const STREAM_RECORDS = 30_000;
const STREAM_ROUND_MS = 5;
const STREAM_ROUND_RECORDS = 15; // 3,000 a second

const { wire, close } = await createTestWire('measure');
const { codec } = wire;
const intent = samplePaymentIntent();
const decision = sampleDecision();
const intentBytes = codec.encode(topics.paymentIntents, intent);
const scoredBytes = codec.encode(topics.paymentScored, { intent, decision });

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

function report(what: string, work: () => unknown): void {
  for (let at = 0; at < WARM_UP; at++) work();
  const start = cpuMicros();
  for (let at = 0; at < ROUNDS; at++) work();
  console.log(`${what.padEnd(44)} ${((cpuMicros() - start) / ROUNDS).toFixed(2)} µs`);
}

function decodes<T>(topic: Topic<T>, bytes: Buffer): () => unknown {
  return () => {
    if (!codec.decode(topic, bytes).ok) throw new Error(`${topic.name} was not decoded`);
  };
}

async function reportStream(): Promise<void> {
  const topic = topics.paymentIntents.name;
  const publisher = wire.createPublisher({ gapMs: 5 });
  const subscription = wire.createSubscription({
    group: 'm',
    topics: [topic],
    pace: () => pause(5),
  });
  await publisher.publish({ topic, key: 'warm', value: intentBytes });
  let start = cpuMicros();
  const outcomes: Promise<void>[] = [];
  for (let sent = 0; sent < STREAM_RECORDS; sent += STREAM_ROUND_RECORDS) {
    for (let at = 0; at < STREAM_ROUND_RECORDS; at++) {
      const key = `wallet-${(sent + at) % 1_000}`;
      outcomes.push(publisher.publish({ topic, key, value: intentBytes }));
    }
    await pause(STREAM_ROUND_MS);
  }
  await Promise.all(outcomes);
  const published = (cpuMicros() - start) / STREAM_RECORDS;
  console.log(`${'publish at 3,000/s, gap 5 ms'.padEnd(44)} ${published.toFixed(2)} µs`);
  subscription.start();
  start = cpuMicros();
  for (let taken = 0; taken < STREAM_RECORDS;) {
    taken += (await subscription.take(500))?.records.length ?? STREAM_RECORDS;
  }
  const taken = (cpuMicros() - start) / STREAM_RECORDS;
  console.log(`${'take, from a backlog'.padEnd(44)} ${taken.toFixed(2)} µs`);
  await subscription.close();
  await publisher.close();
}

console.log(`payment-intents ${intentBytes.length} bytes, payment-scored ${scoredBytes.length}`);
report('encode PaymentIntent', () => codec.encode(topics.paymentIntents, intent));
report('decode PaymentIntent', decodes(topics.paymentIntents, intentBytes));
report('encode PaymentScored, intent bytes copied', () =>
  codec.encodeScored(intent, intentBytes, decision),
);
report('encode PaymentScored anew', () => codec.encode(topics.paymentScored, { intent, decision }));
report('decode PaymentScored', decodes(topics.paymentScored, scoredBytes));
report('decode what settling needs of it', decodes(judgedPayments, scoredBytes));
await reportStream();
await close();
