import { afterEach, expect, test } from '@jest/globals';
import { createLog, createMetrics } from '@wallet/runtime';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { refuse } from '../problems.ts';
import { createDoor } from './door.ts';
import { createOverloadGuard } from './overload.ts';
import { createRoutes } from './routes.ts';
import { writeProblem } from './write-answer.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/**
 * A door with so many places, behind which everybody is told that there is no room; it counts whom
 * it answered before it saw the next one.
 */
async function openDoor(maxInFlight: number) {
  const metrics = createMetrics({ role: 'edge' });
  const overload = createOverloadGuard({ limits: { maxInFlight, maxLoopDelayMs: 9e9 }, metrics });
  const routes = createRoutes();
  routes.add('post', '/payments', async (context) => writeProblem(context, refuse('overloaded')));
  const log = createLog({ role: 'test', level: 'silent' });
  const allowedOrigin = 'https://app.wallet.test';
  const door = createDoor({ routes, overload, allowedOrigin, metrics, log });
  let atOnce = 0;
  const server = createServer((request, response) => {
    door(request, response);
    if (response.writableEnded) atOnce += 1;
  });
  closers.push(
    () => overload.close(),
    () => server.close(),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return { metrics, port, url: `http://127.0.0.1:${port}`, atOnce: () => atOnce };
}

/** A connection, and how often it has been told that there is no room. */
function connectTo(port: number) {
  const socket = connect(port, '127.0.0.1');
  closers.push(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  const answers = (): number => text.split('HTTP/1.1 503 ').length - 1;
  const untilAnswered = async (count: number): Promise<void> => {
    while (answers() < count) await once(socket, 'data');
  };
  return { socket, text: () => text, untilAnswered };
}

async function answerOf(url: string) {
  const answer = await fetch(url, { method: 'POST', body: '{"amount_minor":1}' });
  const { 'x-request-id': id, date, ...headers } = Object.fromEntries(answer.headers);
  const { request_id: sameId, ...body } = (await answer.json()) as Record<string, unknown>;
  expect(date).toBeDefined();
  expect(sameId).toBe(id);
  return { status: answer.status, headers, body, id };
}

test('who is turned away hears what a handler would say, each with an id', async () => {
  const [none, enough] = [await openDoor(0), await openDoor(9)];
  for (const path of ['/payments', '/payments?a="b"', '/payments/%22%C3%A4']) {
    const { id, ...turnedAway } = await answerOf(none.url + path);
    const other = await answerOf(none.url + path);
    expect(other.id).not.toBe(id);
    expect(turnedAway.status).toBe(503);
    expect(turnedAway.headers['retry-after']).toBe('1');
    expect(turnedAway.body.instance).toBe(path.replace(/\?.*/, ''));
  }
  const { id: oneId, ...here } = await answerOf(`${none.url}/payments`);
  const { id: otherId, ...there } = await answerOf(`${enough.url}/payments`);
  expect(here).toEqual(there);
  expect(oneId).not.toBe(otherId);
});

test('who is turned away keeps its connection, whatever it sent', async () => {
  const { port, metrics } = await openDoor(0);
  const { socket, text, untilAnswered } = connectTo(port);
  const head = (method: string): string => `${method} /payments HTTP/1.1\r\nHost: wallet\r\n`;
  const post = `${head('POST')}Content-Length: 11\r\n\r\nGET / HTTP/`;
  // Three before any answer, the third with a body that comes later; then what a browser asks.
  socket.write(post + post + post.slice(0, -8));
  await untilAnswered(3);
  socket.write(post.slice(-8) + `${head('OPTIONS')}Origin: https://app.wallet.test\r\n\r\n`);
  await untilAnswered(4);
  expect(text().match(/HTTP\/1\.1 \d+/g)).toHaveLength(4);
  expect(socket.readyState).toBe('open');
  await metrics.expose();
  const status = { route: 'unmatched', status: '503' } as const;
  const countOf = (method: 'POST' | 'OPTIONS') =>
    metrics.read('wallet_http_requests_total', { ...status, method });
  expect([await countOf('POST'), await countOf('OPTIONS')]).toEqual([3, 1]);
  expect(await metrics.read('wallet_requests_shed_total', { reason: 'in_flight' })).toBe(4);
});

test('of a thousand in one turn of the loop some hear no at once, others at its end', async () => {
  const { port, atOnce } = await openDoor(0);
  const { socket, untilAnswered } = connectTo(port);
  const asked = 1_000; // less than one read takes
  socket.write('GET / HTTP/1.1\r\nHost: wallet\r\n\r\n'.repeat(asked));
  await untilAnswered(asked);
  expect(atOnce()).toBe(256);
});
