import { afterEach, expect, test } from '@jest/globals';
import { createMetrics, createStatusServer, type StatusServer } from './index.ts';

let server: StatusServer | undefined;
afterEach(async () => server?.close());

async function serve(over: { live?: boolean; ready?: () => Promise<string[]> }) {
  server = await createStatusServer({
    port: 0,
    metrics: createMetrics({ role: 'test' }),
    live: () => over.live ?? true,
    ready: over.ready ?? (async () => []),
  });
  const { port } = server;
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: response.status, body: await response.text() };
  };
}

test('a good process is live and ready and shows its metrics', async () => {
  const get = await serve({});
  expect((await get('/livez')).status).toBe(200);
  expect(await get('/readyz')).toEqual({ status: 200, body: '{"ready":true,"problems":[]}' });
  expect((await get('/metrics')).body).toContain('wallet_build_info{');
  expect((await get('/')).status).toBe(404);
});

test('problems and a failing check turn readiness off, with the reason', async () => {
  const problem = 'Kafka is away';
  const get = await serve({ live: false, ready: async () => [problem] });
  expect((await get('/livez')).status).toBe(503);
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: expect.stringContaining(problem),
  });
  await server?.close();
  const failing = await serve({ ready: () => Promise.reject(new Error('probe')) });
  expect(await failing('/readyz')).toMatchObject({
    status: 503,
    body: expect.stringContaining('probe'),
  });
});

test('a readiness check that hangs is answered within its deadline', async () => {
  const get = await serve({ ready: () => new Promise(() => undefined) });
  expect(await get('/readyz')).toMatchObject({
    status: 503,
    body: expect.stringContaining('longer than 2000 ms'),
  });
});

test('a port that is taken is an error, not a crash', async () => {
  await serve({});
  const port = server?.port ?? 0;
  const again = createStatusServer({
    port,
    metrics: createMetrics({ role: 'test' }),
    live: () => true,
    ready: async () => [],
  });
  await expect(again).rejects.toThrow('EADDRINUSE');
});
