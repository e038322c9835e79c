import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import Router from '@koa/router';
import { createLog, createMetrics } from '@wallet/runtime';
import Koa from 'koa';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { payloadHash } from '../intents/payload-hash.ts';
import {
  createMint,
  createTestGround,
  newUser,
  newUserOfRole,
  sampleOf,
  settle,
  testPassword,
  type ApiAnswer,
  type ApiRequest,
  type TestEdge,
  type TestGround,
  type World,
} from '../testing/index.ts';
import { createRateLimits } from './rate-limits.ts';
import { catchFaults, stampRequest } from './request-frame.ts';
import { createRoute, type RouteDefinition } from './route.ts';
import { problemsOf } from './openapi.ts';
import { problems } from '../problems.ts';
import type { Scope } from './scopes.ts';

let ground: TestGround;
let edge: TestEdge;
let world: World;
let tokens: Record<string, string>;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  const [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  world = { payer, payee, refreshToken: '', ids: { '/wallets/{id}': payer.walletId } };
  const payment = await send('post /payments', {});
  const topUp = await send('post /top-ups', {});
  const ids = {
    ...world.ids,
    '/payments/{id}': payment.body.id as string,
    '/top-ups/{id}': topUp.body.id as string,
  };
  world = { ...world, ids };
  const mint = await createMint({
    db: ground.db,
    masterKey: ground.environment.WALLET_MASTER_KEY ?? '',
    issuer: ground.environment.WALLET_ISSUER ?? '',
    tokenSeconds: 3_600,
  });
  const roleToken = async (role: 'analyst' | 'support' | 'operator' | 'admin') =>
    (await newUserOfRole(edge, ground, role, payer)).token;
  tokens = {
    customer: payer.token,
    merchant: payee.token,
    analyst: await roleToken('analyst'),
    support: await roleToken('support'),
    operator: await roleToken('operator'),
    admin: await roleToken('admin'),
    service: await mint({ id: randomUUID(), userId: payee.id, role: 'service' }),
  };
});
afterAll(() => ground.close());

const nameOf = ({ method, path }: RouteDefinition): string => `${method} ${path}`;

function definitionOf(name: string): RouteDefinition {
  const found = edge.edge.definitions.find((definition) => nameOf(definition) === name);
  if (found === undefined) throw new Error(`no operation ${name}`);
  return found;
}

/** Sends the good request of an operation after a change. */
async function send(
  name: string,
  change: ApiRequest & { suffix?: string; path?: string },
  to = edge,
): Promise<ApiAnswer> {
  const definition = definitionOf(name);
  if (name === 'post /token') world = { ...world, refreshToken: await newRefreshToken() };
  const { suffix = '', ...rest } = change;
  // A logout would end the session of all that follows.
  const own = name === 'post /logout' ? { token: (await logIn()).access_token } : {};
  const { path, ...sample } = { ...sampleOf(definition, world), ...own, ...rest };
  return to.call(definition.method.toUpperCase(), path + suffix, sample);
}

async function logIn(): Promise<{ access_token: string; refresh_token: string }> {
  const json = { email: world.payer.email, password: testPassword };
  const { body } = await edge.call('POST', '/login', { json });
  return body as { access_token: string; refresh_token: string };
}

async function newRefreshToken(): Promise<string> {
  return (await logIn()).refresh_token;
}

/** An edge of one place, which somebody holds. */
async function fullEdge(): Promise<TestEdge> {
  const full = await ground.open({ WALLET_MAX_IN_FLIGHT: '1' });
  const held = request(`${full.url}/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
  });
  held.on('error', () => {
    // It is cut off when the edge closes.
  });
  held.write('{');
  for (;;) {
    await full.metrics.expose();
    if ((await full.metrics.read('wallet_http_requests_in_flight')) === 1) return full;
    await new Promise(setImmediate);
  }
}

/** Of two payments with one key at once the second is told that the first is in flight. */
async function keyInUse(name: string): Promise<number> {
  for (;;) {
    const key = randomUUID();
    const answers = await Promise.all([1, 2, 3, 4].map(() => send(name, { key })));
    const refused = answers.find(({ body }) => body.code === 'idempotency_key_in_use');
    if (refused !== undefined) return refused.status;
  }
}

/** The outcome is there already, so a repeat that waits has it at once. */
async function decidedWhileWaiting(name: 'post /payments' | 'post /top-ups'): Promise<number> {
  const key = randomUUID();
  const { json = {} } = sampleOf(definitionOf(name), world);
  const accepted = await send(name, { key });
  const hash = payloadHash(json);
  const { payer, payee } = world;
  if (name === 'post /payments') {
    await settle(ground.db, accepted, { payer, payee, payloadHash: hash });
  } else {
    const { id, wallet_id, amount_minor, currency, created_at: accepted_at } = accepted.body;
    const source = { source_topic: 'wallet-intents', source_partition: 0, source_offset: 0 };
    await ground.db.knex('intent').insert({ id, kind: 'top_up', payload_hash: hash, ...source });
    const owner = { owner_id: payer.id, version: 1, status: 'succeeded' };
    const row = { id, wallet_id, amount_minor, currency, accepted_at, ...owner };
    await ground.db.knex('top_up').insert(row);
  }
  return (await send(name, { key, prefer: 'wait=5' })).status;
}

type Try = (name: string) => Promise<number>;
const trying =
  (change: Parameters<typeof send>[1]): Try =>
  async (name) =>
    (await send(name, change)).status;

/** How each status comes about, where it does so alike for all operations. */
const alike: Record<string, Try> = {
  200: trying({}),
  201: trying({}),
  202: trying({}),
  204: trying({}),
  400: trying({ raw: '{' }),
  401: trying({ token: 'bad' }),
  403: async (name) => {
    const scope = definitionOf(name).scope;
    const role = scope === 'session' || scope === 'notifications:read' ? 'service' : 'admin';
    return (await send(name, { token: tokens[role] ?? '' })).status;
  },
  404: async (name) => {
    const path = definitionOf(name).path.replace('{id}', randomUUID()).replace('{code}', 'none');
    return (await send(name, { path })).status;
  },
  413: trying({ raw: 'x'.repeat(65_537) }),
  415: trying({ headers: { 'Content-Type': 'text/plain' }, raw: '{}' }),
  422: trying({ suffix: '?unknown=1' }),
  429: async (name) => {
    const strict = await strictEdge;
    for (;;) {
      const { status } = await send(name, {}, strict);
      if (status === 429) return status;
    }
  },
  500: async (name) => (await faulty).statusOf(definitionOf(name)),
  503: async (name) => (await send(name, {}, await full)).status,
};

/** And where it has a way of its own. */
const apart: Record<string, () => Promise<number>> = {
  'post /payments 200': () => decidedWhileWaiting('post /payments'),
  'post /top-ups 200': () => decidedWhileWaiting('post /top-ups'),
  'post /payments 409': () => keyInUse('post /payments'),
  'post /top-ups 409': () => keyInUse('post /top-ups'),
  'post /payments 404': () =>
    trying({
      json: {
        ...(sampleOf(definitionOf('post /payments'), world).json as object),
        payee_wallet_id: randomUUID(),
      },
    })('post /payments'),
  'post /top-ups 404': () =>
    trying({ json: { wallet_id: randomUUID(), amount_minor: 5, currency: 'USD' } })(
      'post /top-ups',
    ),
  'post /register 409': () =>
    trying({
      json: {
        ...(sampleOf(definitionOf('post /register'), world).json as object),
        email: world.payer.email,
      },
    })('post /register'),
  'post /login 401': () =>
    trying({ json: { email: world.payer.email, password: 'wrong' } })('post /login'),
  'post /token 401': () =>
    trying({ raw: 'grant_type=refresh_token&client_id=x&refresh_token=x' })('post /token'),
  'post /token 400': () => trying({ raw: 'grant_type=nonsense' })('post /token'),
};

let strictEdge: Promise<TestEdge>;
let full: Promise<TestEdge>;
let faulty: Promise<{ statusOf(definition: RouteDefinition): Promise<number> }>;

/** Every operation again, with a handler that fails in a way nobody has thought of. */
async function faultyEdge() {
  const log = createLog({ role: 'test', level: 'silent' });
  const router = new Router();
  const route = createRoute({
    router,
    registry: new OpenAPIRegistry(),
    gatekeeper: { authenticate: async () => null, sessionEnded: async () => false },
    rateLimits: createRateLimits({ perCaller: 1_000, perRoute: 1_000 }),
    definitions: [],
  });
  for (const { method, path, tag, summary, responses } of edge.edge.definitions) {
    const open = { scope: null, idempotent: false, errors: ['invalid_credentials'] } as const;
    const handler = async () => Promise.reject(new Error('select secret from node_modules'));
    route({ method, path, tag, summary, responses, ...open, handler });
  }
  const koa = new Koa();
  koa.use(stampRequest({ metrics: createMetrics({ role: 'edge' }), log }));
  koa.use(catchFaults({ log }));
  koa.use(router.routes());
  const server = koa.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    async statusOf({ method, path }: RouteDefinition) {
      const url = `http://127.0.0.1:${port}${path.replaceAll(/\{\w+\}/g, 'x')}`;
      const answer = await fetch(url, { method: method.toUpperCase() });
      const body = (await answer.json()) as Record<string, unknown>;
      expect(body.code).toBe('internal_error');
      expect(JSON.stringify(body)).not.toContain('secret');
      return answer.status;
    },
  };
}

const closers: (() => void)[] = [];
afterAll(() => closers.forEach((close) => close()));

test('every declared status of every operation comes about', async () => {
  strictEdge = ground.open({ WALLET_CALLER_RATE: '1' });
  full = fullEdge();
  faulty = faultyEdge();
  const wrong: string[] = [];
  let tried = 0;
  for (const definition of edge.edge.definitions) {
    const name = nameOf(definition);
    const refused = problemsOf(definition).map((code) => String(problems[code][0]));
    for (const status of new Set([...Object.keys(definition.responses), ...refused])) {
      tried += 1;
      const one = apart[`${name} ${status}`] ?? alike[status];
      const got = await one?.(name);
      if (got !== Number(status)) wrong.push(`${name} ${status}: ${got ?? 'nobody tries it'}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(tried).toBeGreaterThan(edge.edge.definitions.length * 5);
}, 120_000);

/** Who may do what, said a second time: in the sandbox, whose owners may top up. */
const owners = ['customer', 'merchant'];
const people = [...owners, 'analyst', 'support', 'operator', 'admin'];
const allowed: Record<Scope, readonly string[]> = {
  session: people,
  'notifications:read': people,
  'wallets:read': [...owners, 'service'],
  'wallets:write': owners,
  'payments:read': [...owners, 'service'],
  'payments:write': [...owners, 'service'],
  'top-ups:read': [...owners, 'operator'],
  'top-ups:write': [...owners, 'operator'],
};

test('each role may do what its scopes say, and nothing else', async () => {
  const wrong: string[] = [];
  for (const definition of edge.edge.definitions) {
    const { scope } = definition;
    if (scope === null) continue;
    for (const [role, token] of Object.entries(tokens)) {
      const name = nameOf(definition);
      // Malformed on purpose: nothing is done, and the scope is looked at before.
      const { status } = await send(name, { token, suffix: '?unknown=1' });
      const expected = allowed[scope].includes(role) ? 422 : 403;
      if (status !== expected) wrong.push(`${role} ${name}: ${status}, not ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
});

test("another's object is not there, for each path with an id", async () => {
  const stranger = await newUser(edge);
  const withIds = edge.edge.definitions.filter(({ path }) => path.includes('{id}'));
  expect(withIds.length).toBeGreaterThan(3);
  for (const definition of withIds) {
    const name = nameOf(definition);
    expect([name, (await send(name, {})).status < 300]).toEqual([name, true]);
    const foreign = await send(name, { token: stranger.token });
    expect([name, foreign.status]).toEqual([name, 404]);
    expect(Object.keys(foreign.body)).not.toContain('id');
    for (const id of [randomUUID(), 'no-id', '..%2f..', '%00']) {
      const unknown = await send(name, { path: definition.path.replace('{id}', id) });
      expect([name, unknown.status]).toEqual([name, 404]);
    }
  }
});

test('members that nobody asked for are refused, whatever they are called', async () => {
  const names = ['id', 'status', 'role', 'owner_id', 'balance_minor', 'is_admin', 'constructor'];
  for (const definition of edge.edge.definitions) {
    if (definition.body === undefined || definition.bodyType === 'form') continue;
    for (const name of names) {
      const json = { ...(sampleOf(definition, world).json as object), [name]: 'x' };
      const { status, body } = await send(nameOf(definition), { json });
      expect([nameOf(definition), name, status, body.code]).toEqual([
        nameOf(definition),
        name,
        422,
        'unknown_field',
      ]);
    }
  }
});
