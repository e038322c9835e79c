import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openSink, type Sink } from '@wallet/streams/testing';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startCollector, type CollectedSpan, type Collector } from '../support/collector.ts';
import { linesOf, treesOf } from '../support/span-tree.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;
const group = 'messaging.consumer.group.name';

let collector: Collector;
let system: System;
let sink: Sink;
let ann: Resident;
let shop: Resident;

const pipeline = 'fraud,settlement,commands,outbox,outcomes,notifications,timers';

beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' };
  const processors = [pipeline, 'webhooks,emails'];
  system = await startSystem({
    rules: 'lenient',
    processors,
    env: { ...env, MAIL_PAGE_PORT: '0' },
  });
  sink = await openSink('well');
  [ann, shop] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.register('merchant'),
  ]);
  const told = ({ name, attributes }: CollectedSpan) =>
    name === 'process wallet-events' && attributes[group] === 'notifications';
  await system.waitFor(async () => collector.spans().some(told), 'the top-up to be told', withinMs);
}, startMs);
afterAll(async () => {
  await sink?.close();
  await system?.stop();
  await collector?.close();
}, startMs);

/** The steps of the trace that began with the request which asked for this object. */
function stepsOf(intentId: string): string {
  const spans = collector.spans();
  const root = spans.find(({ attributes }) => attributes['wallet.intent_id'] === intentId);
  return linesOf(treesOf(root?.traceId ?? '', spans)).join('\n');
}

async function tellsOf(intentId: string, expected: string): Promise<void> {
  const wanted = expected.replace(/^ {6}/gm, '').trim();
  const told = (): string => stepsOf(intentId);
  try {
    await system.waitFor(async () => told() === wanted, `the trace of ${intentId}`, withinMs);
  } catch {
    expect(told()).toBe(wanted); // shows where they differ
  }
}

async function post(person: Person, path: string, body: object): Promise<string> {
  return String(memberOf(await person.post(path, body, { wait: 10 }), 200, 'id'));
}

/** A captured payment whose last step has ended: what follows shares no batch with it. */
async function pay(): Promise<string> {
  const order = { from: ann.walletId, to: shop.walletId, amountMinor: 510 };
  const id = String(memberOf(await ann.pay(order, { wait: 10 }), 200, 'id'));
  await tellsOf(id, paymentSteps);
  return id;
}

const paymentSteps = `
      POST /payments
        redis claim
        publish payment-intents
          process payment-intents · fraud
            redis counters
            publish payment-scored
              process payment-scored · settlement
                postgres transaction
                publish payment-events
                  process payment-events · edge
                  process payment-events · notifications
                    postgres transaction
                  process payment-events · outcomes`;

describe('one trace from the request to whoever is told', () => {
  test('a payment', async () => {
    await pay();
  });

  test('a refund', async () => {
    const refund = { payment_id: await pay(), reason: 'sorry' };
    await tellsOf(
      await post(shop, '/refunds', refund),
      `
      POST /refunds
        redis claim
        publish refund-intents
          process refund-intents · commands
            postgres transaction
            publish refund-events
              process refund-events · edge
              process refund-events · notifications
                postgres transaction
              process refund-events · outcomes
                redis counters`,
    );
  });

  test('a dispute', async () => {
    const asked = { reason: 'not_received', description: 'Nothing came.' };
    await tellsOf(
      await post(ann, '/disputes', { payment_id: await pay(), ...asked }),
      `
      POST /disputes
        redis claim
        publish dispute-intents
          process dispute-intents · commands
            postgres transaction
            publish dispute-events
              process dispute-events · edge
              process dispute-events · notifications
                postgres transaction
              process dispute-events · outcomes
                redis counters`,
    );
  });

  test('a payment whose merchant hears of it by webhook, which carries the trace on', async () => {
    const hearing = await system.api.register('merchant');
    await hearing.post('/webhook-endpoints', { url: sink.url, events: ['payment.captured'] });
    const order = { from: ann.walletId, to: hearing.walletId, amountMinor: 510 };
    const id = String(memberOf(await ann.pay(order, { wait: 10 }), 200, 'id'));
    const heard = `postgres transaction\n${' '.repeat(20)}deliver webhook`;
    await tellsOf(
      id,
      paymentSteps.replace(/(notifications\n *)postgres transaction/, `$1${heard}`),
    );
    const last = collector.spans().find(({ name }) => name === 'deliver webhook');
    const [, traceId, spanId] = String(sink.arrivals[0]?.headers['traceparent']).split('-');
    expect([traceId, spanId]).toEqual([last?.traceId, last?.spanId]);
    expect(last?.attributes).toMatchObject({
      ...{ 'wallet.webhook_try': '1', 'http.response.status_code': '204' },
    });
  });
});
