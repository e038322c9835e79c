import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listDeliveries, listNotifications, replayDelivery } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import { waitUntil } from '@wallet/schemas/testing';
import { findRefusedSignature } from '../testing/standard-webhooks.ts';
import { openSink, type Behaviour, type Sink } from '../testing/webhook-sinks.ts';
import { createWebhookStage, type Endpoint, type WebhookStage } from '../testing/webhook-stage.ts';

const events = 120;
const withinMs = 30_000;

let stage: WebhookStage;
const sinks: Sink[] = [];
beforeAll(async () => {
  stage = await createWebhookStage();
});
afterAll(async () => {
  await stage.close();
  await Promise.all(sinks.map((sink) => sink.close()));
});

type Listening = { sink: Sink; endpoint: Endpoint };

async function listen(behaviour: Behaviour, ownerId: string, types?: string[]): Promise<Listening> {
  const sink = await openSink(behaviour);
  sinks.push(sink);
  return { sink, endpoint: await stage.endpoint(sink.url, ownerId, types) };
}

const idsOf = (sink: Sink): string[] => sink.arrivals.map(({ id }) => id);
const statusesOf = async (endpointId: string): Promise<string[]> => {
  const page = { endpointId, status: null, after: null, limit: 10_000 };
  const found = await listDeliveries(stage.database.knex, page);
  return found.map(({ status }) => status);
};
type EndpointRow = { id: string; status: string; failures: number; disabled_reason: string };
const rowOf = (id: string): Promise<EndpointRow | undefined> =>
  stage.database.knex<EndpointRow>('webhook_endpoint').where({ id }).first();

describe('many events to machines of every kind', () => {
  const owner = randomUUID();
  const told: InboundRecord[] = [];
  const well: Listening[] = [];
  let others: Readonly<Record<Exclude<Behaviour, 'well'>, Listening>>;

  beforeAll(async () => {
    for (let count = 0; count < 3; count += 1) well.push(await listen('well', owner));
    others = {
      ...{ slow: await listen('slow', owner), fails: await listen('fails', owner) },
      ...{ hangs: await listen('hangs', owner), redirects: await listen('redirects', owner) },
      ...{ gone: await listen('gone', owner), floods: await listen('floods', owner) },
      ...{ breaks: await listen('breaks', owner), flaky: await listen('flaky', owner) },
    };
    for (let count = 0; count < events; count += 1) told.push(stage.record({ payee_id: owner }));
    await stage.courier();
    await stage.courier();
    await stage.handle(told);
  });

  it('whoever is well has every event soon, each under one id, whatever others do', async () => {
    const startMs = Date.now();
    const sound = [...well.map(({ sink }) => sink), others.floods.sink];
    await waitUntil(
      () => sound.every((sink) => new Set(idsOf(sink)).size === events),
      'all events at all who are well',
      withinMs,
    );
    expect(Date.now() - startMs).toBeLessThan(withinMs);
    const wanted = new Set(idsOf(sound[0] as Sink));
    for (const sink of sound) expect(new Set(idsOf(sink))).toEqual(wanted);
    // Nobody is told twice of what has arrived, where the answer was heard.
    for (const { sink } of well) {
      expect(sink.arrivals.length - stage.unheard(sink.url)).toBeLessThanOrEqual(events);
    }
  });

  it('each secret signs for its own endpoint, as another language reads it', async () => {
    for (const { sink, endpoint } of well) {
      const some = sink.arrivals.slice(0, 20);
      expect(await findRefusedSignature(endpoint.secret, some)).toBeNull();
    }
    const [first, second] = well as [Listening, Listening];
    expect(await findRefusedSignature(second.endpoint.secret, first.sink.arrivals)).not.toBeNull();
  });

  it('410 disables an endpoint at once, and its owner reads so', async () => {
    const { sink, endpoint } = others.gone;
    await waitUntil(async () => (await rowOf(endpoint.id))?.status === 'disabled', 'the end');
    expect(await rowOf(endpoint.id)).toMatchObject({ disabled_reason: 'gone' });
    expect(new Set(await statusesOf(endpoint.id))).toEqual(new Set(['failed', 'canceled']));
    expect(sink.requests()).toBeLessThan(events / 4);
    const inbox = await listNotifications(stage.database.knex, { recipientId: owner, limit: 100 });
    const notices = inbox.filter(({ template }) => template === 'generic.message');
    expect(notices.map(({ data }) => data.webhook_endpoint_id)).toEqual([endpoint.id]);
  });

  it('those that fail, hang, break or redirect are asked rarely, and nothing is lost', async () => {
    for (const { sink, endpoint } of [
      ...[others.fails, others.hangs, others.breaks, others.redirects],
    ]) {
      await waitUntil(async () => ((await rowOf(endpoint.id))?.failures ?? 0) >= 3, 'rest');
      expect(sink.requests()).toBeLessThan(events / 4);
      expect(sink.arrivals).toEqual([]);
      expect(new Set(await statusesOf(endpoint.id))).toEqual(new Set(['queued']));
    }
  });

  it('a machine that comes back gets what waits for it', async () => {
    const { sink, endpoint } = others.fails;
    sink.behave('well');
    const hurry = () =>
      stage.database.knex.raw(
        `with e as (update webhook_endpoint set resumes_at = now() where id = :id)
         update webhook_delivery set next_at = now()
         where endpoint_id = :id and status = 'queued' and last_status is not null`,
        { id: endpoint.id },
      );
    await hurry();
    await waitUntil(() => new Set(idsOf(sink)).size === events, 'all of it', withinMs);
    await waitUntil(async () => (await rowOf(endpoint.id))?.failures === 0, 'recovery');
  });

  it('a replayed topic sends nothing again, to nobody', async () => {
    const { slow } = others;
    await waitUntil(() => new Set(idsOf(slow.sink)).size === events, 'the slow one', withinMs);
    const isOver = async ({ endpoint }: Listening): Promise<boolean> =>
      (await statusesOf(endpoint.id)).every((status) => status === 'delivered');
    const areOver = async () => (await Promise.all(well.map(isOver))).every((over) => over);
    await waitUntil(areOver, 'what was not heard to have come again', withinMs);
    const newcomer = await listen('well', owner);
    await stage.database
      .knex('webhook_endpoint')
      .where({ id: newcomer.endpoint.id })
      .update({
        created_at: stage.database.knex.raw(`now() + interval '1 minute'`),
      });
    const before = await stage.database.knex('webhook_delivery').count();
    const requests = well.map(({ sink }) => sink.requests());
    await stage.handle(told.map((record) => stage.again(record)));
    expect(await stage.database.knex('webhook_delivery').count()).toEqual(before);
    expect(await statusesOf(newcomer.endpoint.id)).toEqual([]);
    expect(well.map(({ sink }) => sink.requests())).toEqual(requests);
    const duplicates = { channel: 'webhook', result: 'duplicate' } as const;
    // All that were told at first, but the one that is gone.
    expect(await stage.metrics.read('wallet_notifications_total', duplicates)).toBe(events * 10);
  });
});

it('endpoints hear of what they asked for, and a delivery can be sent again by hand', async () => {
  const owner = randomUUID();
  const { sink, endpoint } = await listen('well', owner, ['payment.captured']);
  const { endpoint: deaf } = await listen('well', owner, ['refund.succeeded']);
  await stage.courier();
  const types = ['payment.captured', 'payment.failed'];
  await stage.handle(types.map((type) => stage.record({ type, payer_id: owner })));
  await waitUntil(() => sink.arrivals.length === 1, 'the event');
  expect(JSON.parse(sink.arrivals[0]?.body ?? '')).toMatchObject({
    ...{ type: 'payment.captured', id: sink.arrivals[0]?.id },
    data: { object: { object: 'payment', amount_minor: 1_000, fee_minor: 20 } },
  });
  expect(await statusesOf(deaf.id)).toEqual([]);
  await waitUntil(async () => (await statusesOf(endpoint.id))[0] === 'delivered', 'its end');
  const page = { endpointId: endpoint.id, status: null, after: null, limit: 1 };
  const [delivery] = await listDeliveries(stage.database.knex, page);
  const asked = { endpointId: endpoint.id, id: delivery?.id ?? '' };
  expect(await replayDelivery(stage.database.knex, asked)).toMatchObject({ ok: true });
  await waitUntil(() => sink.arrivals.length === 2, 'the second arrival');
  expect(new Set(idsOf(sink)).size).toBe(1);
});
