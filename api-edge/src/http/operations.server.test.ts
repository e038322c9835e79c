import { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createLog, createMetrics } from '@wallet/runtime';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { payloadHash } from '../intents/payload-hash.ts';
import {
  allowed,
  createDisputeCases,
  createFraudCases,
  createMint,
  createRefundCases,
  createSettlementCases,
  createTestGround,
  createWebhookCases,
  createTicketCases,
  decidedInBetween,
  keyInUse,
  newAnalysts,
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
import { createDoor } from './door.ts';
import { createOverloadGuard } from './overload.ts';
import { createRoutes } from './routes.ts';
import { createRoute, type RouteDefinition } from './route.ts';
import { problemsOf } from './openapi.ts';
import { problems } from '../problems.ts';

let ground: TestGround;
let edge: TestEdge;
let world: World;
let tokens: Record<string, string>;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  const [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  const operatorToken = (await newUserOfRole(edge, ground, 'operator', payer)).token;
  const first = { '/wallets/{id}': payer.walletId };
  const analysts = await newAnalysts(edge, ground, payer);
  world = { payer, payee, operatorToken, ...analysts, refreshToken: '', ids: first };
  const payment = await send('post /payments', {});
  // Decided, so that a stream of its events comes to its end.
  await settle(ground.db, payment, { payer, payee, payloadHash: randomBytes(32) });
  const topUp = await send('post /top-ups', {});
  const authorized = await send('post /payments', {});
  const waiting = { payer, payee, payloadHash: randomBytes(32), authorized: true };
  await settle(ground.db, authorized, waiting);
  const action = await insertAction(authorized.body.id as string);
  const ids = {
    ...world.ids,
    '/payments/{id}/capture': authorized.body.id as string,
    '/payments/{id}/cancel': authorized.body.id as string,
    '/actions/{id}': action,
    '/payments/{id}': payment.body.id as string,
    '/top-ups/{id}': topUp.body.id as string,
    ...(await staffIds()),
  };
  world = { ...world, ids };
  const refunds = createRefundCases({ db: ground.db, world: () => world, send });
  world = { ...world, ids: { ...ids, ...(await refunds.ids()) } };
  const fraud = await createFraudCases({ ground, api: edge, world: () => world, send });
  world = { ...world, ids: { ...world.ids, ...fraud.ids } };
  const disputes = createDisputeCases({ db: ground.db, world: () => world, send });
  world = { ...world, ids: { ...world.ids, ...(await disputes.ids()) } };
  const webhooks = createWebhookCases({ db: ground.db, world: () => world, send });
  world = { ...world, ids: { ...world.ids, ...(await webhooks.ids()) } };
  const tickets = createTicketCases({ db: ground.db, world: () => world, send });
  world = { ...world, ids: { ...world.ids, ...(await tickets.ids()) } };
  const settlements = createSettlementCases({ db: ground.db, world: () => world, send });
  world = { ...world, ids: { ...world.ids, ...(await settlements.ids()) } };
  const cases = [refunds, fraud, disputes, webhooks, tickets, settlements];
  Object.assign(apart, ...cases.map((one) => one.apart));
  const mint = await createMint({
    db: ground.db,
    masterKey: ground.environment.WALLET_MASTER_KEY ?? '',
    issuer: ground.environment.WALLET_ISSUER ?? '',
    tokenSeconds: 3_600,
  });
  const roleToken = async (role: 'support' | 'admin') =>
    (await newUserOfRole(edge, ground, role, payer)).token;
  tokens = {
    customer: payer.token,
    merchant: payee.token,
    analyst: analysts.analystToken,
    support: await roleToken('support'),
    operator: operatorToken,
    admin: await roleToken('admin'),
    service: await mint({ id: randomUUID(), userId: payee.id, role: 'service' }),
  };
});
afterAll(() => ground.close());

/** Objects that operators may change without harm to the others. */
async function staffIds(): Promise<Record<string, string>> {
  const wallet = async (): Promise<string> => (await send('post /wallets', {})).body.id as string;
  return {
    '/wallets/{id}/freeze': await wallet(),
    '/wallets/{id}/close': await wallet(),
    '/merchants/{id}': world.payee.walletId,
    '/withdrawals/{id}': await insertWithdrawal('in_transit'),
    '/withdrawals/{id}/confirm': await insertWithdrawal('in_transit'),
    '/withdrawals/{id}/return': await insertWithdrawal('in_transit'),
  };
}

/** A withdrawal as settlement has decided it. */
async function insertWithdrawal(status: 'in_transit' | 'paid', id: string = randomUUID()) {
  const { walletId, id: ownerId } = world.payer;
  const row = { id, wallet_id: walletId, owner_id: ownerId, amount_minor: 5, version: 1, status };
  const rest = { currency: 'USD', destination: 'bank-1', accepted_at: new Date() };
  await ground.db.knex('withdrawal').insert({ ...row, ...rest });
  return id;
}

/** The payer's wallet has so much; nothing else asks where it came from. */
async function fund(balanceMinor: number): Promise<void> {
  const account = { wallet_id: world.payer.walletId, kind: 'customer' };
  await ground.db.knex('account').where(account).update({ balance_minor: balanceMinor });
}

/** With a wallet that was closed. */
async function ordered(name: string): Promise<number> {
  const path = definitionOf(name).path.replace('{id}', world.ids['/wallets/{id}/close'] ?? '');
  await send('post /wallets/{id}/close', {});
  return (await send(name, { path })).status;
}

async function withdrawnWhileWaiting(): Promise<number> {
  await fund(100);
  const key = randomUUID();
  const { body } = await send('post /withdrawals', { key });
  await insertWithdrawal('paid', body.id as string);
  return (await send('post /withdrawals', { key, prefer: 'wait=5' })).status;
}

async function frozenWithdrawal(): Promise<number> {
  const path = `/wallets/${world.payer.walletId}`;
  await send('post /wallets/{id}/freeze', { path: `${path}/freeze` });
  const { status } = await send('post /withdrawals', {});
  await send('post /wallets/{id}/unfreeze', { path: `${path}/unfreeze` });
  return status;
}

async function heardOf(action: 'confirm' | 'return', waiting: boolean): Promise<number> {
  const name = `post /withdrawals/{id}/${action}`;
  const key = randomUUID();
  const id = await insertWithdrawal(waiting ? 'in_transit' : 'paid');
  const path = `/withdrawals/${id}/${action}`;
  const { body, status } = await send(name, { key, path });
  if (!waiting) return status;
  const row = { id: body.id, object: 'withdrawal', object_id: id, accepted_at: new Date() };
  const decided = { actor_id: world.payer.id, action: 'withdrawal_return', status: 'succeeded' };
  await ground.db.knex('action').insert({ ...row, ...decided });
  return (await send(name, { key, path, prefer: 'wait=5' })).status;
}

/** What became of an action on a payment. */
async function insertAction(paymentId: string, id: string = randomUUID()): Promise<string> {
  const row = { id, object: 'payment', object_id: paymentId, accepted_at: new Date() };
  const decided = { actor_id: world.payer.id, action: 'cancel', status: 'succeeded' };
  await ground.db.knex('action').insert({ ...row, ...decided });
  return id;
}

function actedWhileWaiting(action: 'capture' | 'cancel'): Promise<number> {
  return decidedInBetween({ db: ground.db, send }, `post /payments/{id}/${action}`, 'payment');
}

async function actedOnCaptured(action: 'capture' | 'cancel'): Promise<number> {
  const path = `/payments/${world.ids['/payments/{id}'] ?? ''}/${action}`;
  return (await send(`post /payments/{id}/${action}`, { path })).status;
}

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

/** An edge of one place, which somebody holds for as long as the tests go on. */
async function fullEdge(): Promise<TestEdge> {
  const full = await ground.open({
    ...{ WALLET_MAX_IN_FLIGHT: '1', WALLET_REQUEST_TIMEOUT_MS: '600000' },
  });
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
  406: trying({ headers: { Accept: 'image/png' } }),
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
  'post /payments 409': () => keyInUse({ send }, 'post /payments'),
  'post /payments/{id}/capture 200': () => actedWhileWaiting('capture'),
  'post /payments/{id}/cancel 200': () => actedWhileWaiting('cancel'),
  'post /payments/{id}/capture 409': () => actedOnCaptured('capture'),
  'post /payments/{id}/cancel 409': () => actedOnCaptured('cancel'),
  'post /top-ups 409': () => keyInUse({ send }, 'post /top-ups'),
  'post /withdrawals 200': withdrawnWhileWaiting,
  'post /withdrawals 202': async () => {
    await fund(100);
    return (await send('post /withdrawals', {})).status;
  },
  'post /withdrawals 403': frozenWithdrawal,
  'post /withdrawals 404': () =>
    trying({
      json: {
        ...(sampleOf(definitionOf('post /withdrawals'), world).json as object),
        wallet_id: randomUUID(),
      },
    })('post /withdrawals'),
  'post /withdrawals 409': async () => {
    await fund(0);
    return (await send('post /withdrawals', {})).status;
  },
  'post /withdrawals/{id}/confirm 200': () => heardOf('confirm', true),
  'post /withdrawals/{id}/return 200': () => heardOf('return', true),
  'post /withdrawals/{id}/confirm 409': () => heardOf('confirm', false),
  'post /withdrawals/{id}/return 409': () => heardOf('return', false),
  'post /wallets/{id}/freeze 409': () => ordered('post /wallets/{id}/freeze'),
  'post /wallets/{id}/unfreeze 409': () => ordered('post /wallets/{id}/unfreeze'),
  'put /wallets/{id}/tier 409': () => ordered('put /wallets/{id}/tier'),
  'post /wallets/{id}/close 409': async () => {
    await fund(1);
    const path = `/wallets/${world.payer.walletId}/close`;
    return (await send('post /wallets/{id}/close', { path })).status;
  },
  'get /payments/{id}/events 204': () =>
    trying({ headers: { 'Last-Event-ID': '3' } })('get /payments/{id}/events'),
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
  const routes = createRoutes();
  const route = createRoute({
    routes,
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
  const metrics = createMetrics({ role: 'edge' });
  const overload = createOverloadGuard({
    limits: { maxInFlight: 9, maxLoopDelayMs: 9e9 },
    metrics,
  });
  const server = createServer(
    createDoor({ routes, overload, allowedOrigin: undefined, metrics, log }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    async statusOf({ method, path }: RouteDefinition) {
      const url = `http://127.0.0.1:${port}${path.replaceAll(/\{\w+\}/g, 'x')}`;
      const answer = await fetch(url, { method: method.toUpperCase() });
      const body = (await answer.json()) as Record<string, unknown>;
      expect(body.code).toBe('internal_error');
      expect(JSON.stringify(body)).not.toContain('node_modules');
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
    const { scope } = definition;
    expect([name, (await send(name, {})).status < 300]).toEqual([name, true]);
    const foreign = await send(name, { token: stranger.token });
    // A stranger may not even ask for what only the staff does.
    const mayAsk = scope === null || allowed[scope].includes('customer');
    expect([name, foreign.status]).toEqual([name, mayAsk ? 404 : 403]);
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
    const good = sampleOf(definition, world).json as object;
    for (const name of names.filter((name) => !Object.hasOwn(good, name))) {
      const json = { ...good, [name]: 'x' };
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
