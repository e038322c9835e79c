import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { recordChange } from '@wallet/core-ledger';
import { monotonicMs } from '@wallet/runtime';
import { topics, type Publisher, type Wire } from '@wallet/schemas';
import { randomBytes, randomUUID } from 'node:crypto';
import {
  createTestGround,
  newUser,
  paymentOf,
  settle,
  type ApiAnswer,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;
let wire: Wire;
let publisher: Publisher;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  wire = await ground.openWire();
  publisher = wire.createPublisher();
});
afterAll(async () => {
  await publisher.close();
  await ground.close();
});

function accept(change: object = {}): Promise<ApiAnswer> {
  const json = paymentOf(payer, payee, change);
  return edge.call('POST', '/payments', { token: payer.token, key: randomUUID(), json });
}

async function settleAs(accepted: ApiAnswer, status = 'captured'): Promise<void> {
  await settle(ground.db, accepted, { payer, payee, payloadHash: randomBytes(32) });
  if (status === 'captured') return;
  const row = { status, captured_minor: 0 };
  await ground.db.knex('payment').where({ id: accepted.body.id }).update(row);
}

/** Tells of a payment as the outbox relay does; the edge reads nothing but the key. */
function tell(id: string): Promise<void> {
  const record = { topic: topics.paymentEvents.name, key: id, value: Buffer.from('whatever') };
  return publisher.publish(record);
}

type Told = { id: string; status: string; from: string | null; paymentStatus: string };

type Listening = { lastEventId?: string; at?: TestEdge; token?: string };

/** A client's end of a stream. */
async function listen(id: string, options: Listening = {}) {
  const { lastEventId, at = edge, token = payer.token } = options;
  const abort = new AbortController();
  const response = await fetch(`${at.url}/payments/${id}/events`, {
    signal: abort.signal,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
    },
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  return {
    status: response.status,
    headers: response.headers,
    close: () => abort.abort(),
    /** The next event; null when the stream has ended. */
    async next(): Promise<Told | null> {
      for (;;) {
        const end = rest.indexOf('\n\n');
        const block = end < 0 ? '' : rest.slice(0, end);
        if (end >= 0) rest = rest.slice(end + 2);
        if (block.startsWith('id: ')) return toldOf(block);
        if (end >= 0) continue;
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) return null;
        rest += value;
      }
    },
  };
}

function toldOf(block: string): Told {
  const [, id = ''] = /^id: (\d+)\ndata: /.exec(block) ?? [];
  const data = JSON.parse(block.slice(block.indexOf('{'))) as {
    status: string;
    from: string | null;
    payment: { status: string };
  };
  return { id, status: data.status, from: data.from, paymentStatus: data.payment.status };
}

async function openStreams(of: TestEdge): Promise<number | undefined> {
  await of.metrics.expose();
  return of.metrics.read('wallet_http_streams_open');
}

async function untilOpen(of: TestEdge, count: number): Promise<void> {
  while ((await openStreams(of)) !== count) await new Promise(setImmediate);
}

/** Waits until the edge's consumer has joined: what it is told of is then heard. */
async function untilHeard(): Promise<void> {
  for (;;) {
    const accepted = await accept();
    const id = accepted.body.id as string;
    const stream = await listen(id);
    await stream.next();
    await settleAs(accepted);
    const startMs = monotonicMs();
    await tell(id);
    await stream.next();
    stream.close();
    if (monotonicMs() - startMs < 2_000) return;
  }
}

describe('the events of a payment', () => {
  test('begin with its present state and end with its final one', async () => {
    await untilHeard();
    const accepted = await accept();
    const id = accepted.body.id as string;
    const stream = await listen(id);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const received = { id: '1', status: 'received', from: null, paymentStatus: 'received' };
    expect(await stream.next()).toEqual(received);
    await settleAs(accepted, 'authorized');
    await tell(id);
    expect(await stream.next()).toMatchObject({ id: '2', status: 'screening' });
    expect(await stream.next()).toMatchObject({ id: '3', status: 'authorized' });
    await ground.db.knex('payment').where({ id }).update({ status: 'canceled', version: 2 });
    await recordChange(ground.db.knex, {
      ...{ object: 'payment', objectId: id, version: 2, from: 'authorized', to: 'canceled' },
      ...{ actor: payee.id, role: 'merchant' },
    });
    await tell(id);
    const last = { id: '4', status: 'canceled', from: 'authorized', paymentStatus: 'canceled' };
    expect(await stream.next()).toEqual(last);
    expect(await stream.next()).toBeNull();
    await untilOpen(edge, 0);
  });

  test('go on where the client left them, and say when there will be none', async () => {
    const accepted = await accept();
    const id = accepted.body.id as string;
    await settleAs(accepted);
    const all = await listen(id, { lastEventId: '0' });
    const statuses = [await all.next(), await all.next(), await all.next(), await all.next()];
    expect(statuses.map((told) => told?.status)).toEqual([
      ...['received', 'screening', 'captured', undefined],
    ]);
    const back = await listen(id, { lastEventId: '2' });
    expect(await back.next()).toMatchObject({ id: '3', status: 'captured' });
    expect(await back.next()).toBeNull();
    expect((await listen(id, { lastEventId: '3' })).status).toBe(204);
    // What is no place in this history is a client that begins.
    for (const lastEventId of ['4', 'x', '-1', '1e1']) {
      const fresh = await listen(id, { lastEventId });
      expect(await fresh.next()).toMatchObject({ id: '3', status: 'captured' });
    }
    await untilOpen(edge, 0);
  });

  test('are for the parties, and a stranger holds no place', async () => {
    const { body } = await accept();
    const stranger = await newUser(edge);
    const path = `/payments/${String(body.id)}/events`;
    const { status } = await edge.call('GET', path, { token: stranger.token });
    expect(status).toBe(404);
    expect(await openStreams(edge)).toBe(0);
  });

  test('cost a caller no more than his places, which he gets back by leaving', async () => {
    const narrow = await ground.open({ WALLET_CALLER_STREAMS: '2' });
    const { body } = await accept();
    const id = String(body.id);
    const open = [await listen(id, { at: narrow }), await listen(id, { at: narrow })];
    const refused = await narrow.call('GET', `/payments/${id}/events`, { token: payer.token });
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_streams']);
    expect(refused.headers.get('retry-after')).toBe('5');
    const startMs = monotonicMs();
    for (const stream of open) stream.close();
    await untilOpen(narrow, 0);
    // At once, not at the next heartbeat.
    expect(monotonicMs() - startMs).toBeLessThan(5_000);
    await narrow.metrics.expose();
    expect(await narrow.metrics.read('wallet_waiting_clients')).toBe(0);
    const again = await listen(id, { at: narrow });
    expect(again.status).toBe(200);
    again.close();
  });

  test('end with the time of a stream, with the session, and when the edge stops', async () => {
    const { body } = await accept();
    const id = String(body.id);
    const brief = await ground.open({ WALLET_STREAM_SECONDS: '1' });
    const short = await listen(id, { at: brief });
    expect(await short.next()).toMatchObject({ status: 'received' });
    expect(await short.next()).toBeNull();
    const leaving = await newUser(edge);
    const json = paymentOf(leaving, payee);
    const accepted = await edge.call('POST', '/payments', {
      ...{ token: leaving.token, key: randomUUID(), json },
    });
    const own = await listen(String(accepted.body.id), { token: leaving.token });
    expect(await own.next()).toMatchObject({ status: 'received' });
    await edge.call('POST', '/logout', { token: leaving.token });
    await tell(String(accepted.body.id));
    expect(await own.next()).toBeNull();
    const closing = await ground.open();
    const open = await listen(id, { at: closing });
    expect(await open.next()).toMatchObject({ status: 'received' });
    const startMs = monotonicMs();
    const [ended] = await Promise.all([open.next(), closing.close()]);
    expect(ended).toBeNull();
    expect(monotonicMs() - startMs).toBeLessThan(4_000);
  });
});
