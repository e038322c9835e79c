import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { topics } from '@wallet/schemas';
import { readTopic, waitUntil } from '@wallet/schemas/testing';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import {
  createTestGround,
  newUser,
  paymentOf,
  startEdgeProcess,
  type EdgeProcess,
  type TestGround,
  type TestUser,
} from './testing/index.ts';

let ground: TestGround;
let payer: TestUser;
let payee: TestUser;
const open: EdgeProcess[] = [];

beforeAll(async () => {
  ground = await createTestGround();
  const helper = await ground.open();
  payer = await newUser(helper);
  payee = await newUser(helper, 'merchant');
});
afterAll(async () => {
  for (const { child } of open) child.kill('SIGKILL');
  await ground.close();
});

async function start(change: Record<string, string>): Promise<EdgeProcess> {
  const rates = { WALLET_CALLER_RATE: '1000000', WALLET_ROUTE_RATE: '1000000' };
  const edge = await startEdgeProcess({ ...ground.environment, ...rates, ...change });
  open.push(edge);
  const ready = `http://127.0.0.1:${edge.statusPort}/readyz`;
  await waitUntil(async () => (await fetch(ready)).ok, 'the edge to be ready');
  return edge;
}

type Answer = { status: number; requestId: string; retryAfter: string | undefined; body: string };

/** Pays once; null when the connection broke before the whole answer was here. */
function pay(port: number, agent: Agent): Promise<Answer | null> {
  const json = JSON.stringify(paymentOf(payer, payee));
  const headers = {
    Authorization: `Bearer ${payer.token}`,
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(json),
    'Idempotency-Key': randomUUID(),
  };
  return new Promise((resolve) => {
    const sent = request({ port, agent, method: 'POST', path: '/payments', headers });
    sent.on('error', () => resolve(null));
    sent.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('error', () => resolve(null));
      response.on('end', () => {
        const { 'x-request-id': requestId, 'retry-after': retryAfter } = response.headers;
        const status = response.statusCode ?? 0;
        resolve({ status, requestId: String(requestId), retryAfter, body });
      });
    });
    sent.end(json);
  });
}

/** So many clients pay one after the other until `enough`; all answers that came. */
async function payAtOnce(
  port: number,
  clients: number,
  enough: (answers: number, broken: number) => boolean,
): Promise<Answer[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const answers: Answer[] = [];
  let broken = 0;
  const client = async (): Promise<void> => {
    while (!enough(answers.length, broken)) {
      const answer = await pay(port, agent);
      if (answer === null) broken += 1;
      else answers.push(answer);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  agent.destroy();
  return answers;
}

/** Which requests have an intent in the log. */
async function loggedRequests(): Promise<string[]> {
  const records = await readTopic({ ...ground.log, topic: topics.paymentIntents.name });
  return records.map(({ headers }) => headers['request-id'] ?? '');
}

const idsOf = (answers: readonly Answer[], status: number): string[] =>
  answers.filter((answer) => answer.status === status).map(({ requestId }) => requestId);

test('three times what it has places for: each is kept, or told to come again', async () => {
  const edge = await start({ WALLET_MAX_IN_FLIGHT: '30' });
  const answers = await payAtOnce(edge.port, 90, (count) => count >= 3_000);
  const accepted = idsOf(answers, 202);
  const refused = answers.filter(({ status }) => status === 503);
  expect(accepted.length + refused.length).toBe(answers.length);
  expect(accepted.length).toBeGreaterThan(300);
  expect(refused.length).toBeGreaterThan(300);
  for (const { retryAfter, body } of refused) {
    expect([retryAfter, (JSON.parse(body) as { code: string }).code]).toEqual(['1', 'overloaded']);
  }
  const logged = await loggedRequests();
  expect(logged.filter((id) => accepted.includes(id)).sort()).toEqual(accepted.sort());
  expect(logged).toHaveLength(accepted.length); // and nothing of what was refused
});

test('SIGTERM under load: what was acknowledged is kept, and the end is 0 in time', async () => {
  const edge = await start({});
  const exited = once(edge.child, 'exit');
  let signalledAtMs = 0;
  const answers = await payAtOnce(edge.port, 60, (count, broken) => {
    if (signalledAtMs === 0 && count >= 600) {
      signalledAtMs = performance.now();
      edge.child.kill('SIGTERM');
    }
    return broken >= 60;
  });
  expect(await exited).toEqual([0, null]);
  expect(performance.now() - signalledAtMs).toBeLessThan(10_000);
  const accepted = idsOf(answers, 202);
  expect(accepted.length).toBeGreaterThanOrEqual(600);
  expect(answers.filter(({ status }) => status !== 202 && status !== 503)).toEqual([]);
  const logged = new Set(await loggedRequests());
  expect(accepted.filter((id) => !logged.has(id))).toEqual([]);
});
