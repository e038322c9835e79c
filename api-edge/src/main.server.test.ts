import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { createTestGround, newUser, paymentOf, type TestGround } from './testing/index.ts';

const main = new URL('main.ts', import.meta.url).pathname;
let ground: TestGround;
const children: ChildProcess[] = [];

beforeAll(async () => {
  ground = await createTestGround();
});
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await ground.close();
});

function start(environment: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env.PATH ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

describe('the process', () => {
  test('names every problem of its environment at once and exits 2', async () => {
    const child = start({ PORT: 'http', WALLET_ID_SECRET: 'short' });
    let errors = '';
    child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    expect(await once(child, 'close')).toEqual([2, null]);
    for (const name of ['DATABASE_URL', 'PORT', 'WALLET_ID_SECRET', 'IDENTITY_URL']) {
      expect(errors).toContain(name);
    }
    expect(errors).not.toContain('short');
  });

  test('serves, and ends on SIGTERM with 0', async () => {
    const child = start({ ...ground.environment, STATUS_PORT: '0' });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    let port = 0;
    let statusPort = 0;
    for await (const line of lines) {
      const entry = JSON.parse(line) as { message: string; port: number; status_port: number };
      if (entry.message !== 'serving') continue;
      [port, statusPort] = [entry.port, entry.status_port];
      break;
    }
    expect((await fetch(`http://127.0.0.1:${port}/errors`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${statusPort}/livez`)).status).toBe(200);
    const metrics = await (await fetch(`http://127.0.0.1:${statusPort}/metrics`)).text();
    expect(metrics).toContain('wallet_http_requests_total');
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(404);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

/** A request whose body does not end before `finish`. */
function openRequest(url: string, token: string, key: string): ClientRequest {
  const sent = request(`${url}/payments`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': key,
    },
  });
  sent.write('{');
  return sent;
}

test('beyond its places the edge answers 503 at once, and loses nobody it has let in', async () => {
  const edge = await ground.open({ WALLET_MAX_IN_FLIGHT: '2' });
  const payer = await newUser(edge);
  const payee = await newUser(edge, 'merchant');
  const held = ['a', 'b'].map((key) => openRequest(edge.url, payer.token, key));
  for (;;) {
    await edge.metrics.expose();
    if ((await edge.metrics.read('wallet_http_requests_in_flight')) === 2) break;
    await new Promise(setImmediate);
  }
  const refused = await edge.call('GET', '/errors');
  expect([refused.status, refused.body.code]).toEqual([503, 'overloaded']);
  expect(refused.headers.get('retry-after')).toBe('1');
  const rest = JSON.stringify(paymentOf(payer, payee)).slice(1);
  const answers = await Promise.all(
    held.map(async (sent) => {
      sent.end(rest);
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return response.statusCode;
    }),
  );
  expect(answers).toEqual([202, 202]);
  expect((await edge.call('GET', '/errors')).status).toBe(200);
});
