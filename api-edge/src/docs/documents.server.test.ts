import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { hash, randomUUID } from 'node:crypto';
import { problems } from '../problems.ts';
import {
  createTestGround,
  newUser,
  paymentOf,
  type TestEdge,
  type TestGround,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
});
afterAll(() => ground.close());

type Operation = {
  operationId: string;
  responses: Record<string, unknown>;
  security: unknown[];
  parameters?: { name: string; in: string }[];
};

describe('the OpenAPI document', () => {
  test('has the mounted operations, no more and no fewer', async () => {
    const { body } = await edge.call('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const mounted = edge.edge.definitions.map(({ method, path }) => `${method} ${path}`);
    expect(documented.sort()).toEqual(mounted.sort());
    for (const name of documented) {
      const [method = '', path = ''] = name.split(' ');
      const example = path.replace('{id}', randomUUID()).replace('{code}', 'overloaded');
      const { status } = await fetch(edge.url + example, { method: method.toUpperCase() });
      expect([name, status]).not.toEqual([name, 404]);
      expect([name, status]).not.toEqual([name, 405]);
    }
  });

  test('names every operation once, and its key where it needs one', async () => {
    const { body } = await edge.call('GET', '/openapi.json');
    const paths = body.paths as Record<string, Record<string, Operation>>;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
    const pay = paths['/payments']?.post;
    expect(pay?.parameters?.map(({ name }) => name)).toContain('Idempotency-Key');
    expect(Object.keys(pay?.responses ?? {}).sort()).toEqual(
      '200 202 400 401 403 404 409 413 415 422 429 500 503'.split(' '),
    );
    expect(JSON.stringify(body.components)).toContain('"Payment"');
  });
});

describe('the problems', () => {
  test('GET /errors is the registry, and the type of a problem leads to its entry', async () => {
    const { body } = await edge.call('GET', '/errors');
    const listed = body.data as { code: string; status: number }[];
    expect(listed.map(({ code }) => code)).toEqual(Object.keys(problems));
    const refused = await edge.call('GET', '/wallets');
    const meaning = await edge.call('GET', refused.body.type as string);
    expect(meaning.body).toMatchObject({ code: 'unauthorized', status: 401 });
    expect((await edge.call('GET', '/errors/no_such_code')).status).toBe(404);
  });

  test.each(['/errors', '/errors/overloaded'])('%s is a page for a browser', async (path) => {
    const headers = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const answer = await fetch(edge.url + path, { headers });
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const html = await answer.text();
    expect(html).toContain('<code>overloaded</code>');
    expectOnlyNamedStyles(html, answer.headers.get('content-security-policy') ?? '');
  });
});

/** Each style is one that the policy names by its hash; there is no script. */
function expectOnlyNamedStyles(html: string, policy: string): void {
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
  expect(html).not.toMatch(/<script|style=|https?:/);
  for (const [, style = ''] of html.matchAll(/<style>([^]*?)<\/style>/g)) {
    expect(policy).toContain(`'sha256-${hash('sha256', style, 'base64')}'`);
  }
}

describe('the reference', () => {
  test('runs its own two scripts and fetches from here alone', async () => {
    const answer = await fetch(`${edge.url}/docs`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    const html = await answer.text();
    expect(html).not.toMatch(/https?:/);
    expect(/script-src ([^;]*)/.exec(policy)?.[1]).toMatch(/^('sha256-[\w+/]+=*' ?)+$/);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toContain(', '); // one policy, not the usual one beside it
    const scripted = await fetch(`${edge.url}/docs/reference.js`);
    expect(scripted.headers.get('cache-control')).toBe('public, max-age=86400');
    const script = await scripted.text();
    const inline = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text = '']) => text);
    expect(inline).toHaveLength(1);
    for (const text of [script, ...inline]) {
      expect(policy).toContain(`'sha256-${hash('sha256', text, 'base64')}'`);
    }
  });

  test('every other answer allows nothing', async () => {
    const answer = await fetch(`${edge.url}/openapi.json`);
    expect(answer.headers.get('content-security-policy')).toBe(
      "default-src 'none'; frame-ancestors 'none'",
    );
  });
});

test('a token sent along to a document must be good; a parameter must be one it has', async () => {
  const bad = await edge.call('GET', '/errors', { token: 'bad' });
  expect([bad.status, bad.body.code]).toEqual([401, 'unauthorized']);
  const unknown = await edge.call('GET', '/errors?page=2');
  expect([unknown.status, unknown.body.code]).toEqual([422, 'unknown_field']);
});

test("another's wallet takes no top-up; the payee sees the payment", async () => {
  const [owner, stranger] = [await newUser(edge), await newUser(edge)];
  const payee = await newUser(edge, 'merchant');
  const foreign = await edge.call('POST', '/top-ups', {
    token: stranger.token,
    key: randomUUID(),
    json: { wallet_id: owner.walletId, amount_minor: 5, currency: 'USD' },
  });
  expect([foreign.status, foreign.body.code]).toEqual([404, 'wallet_not_found']);
  const { body } = await edge.call('POST', '/payments', {
    token: owner.token,
    key: randomUUID(),
    json: paymentOf(owner, payee),
  });
  const seen = await edge.call('GET', `/payments/${String(body.id)}`, { token: payee.token });
  expect(seen.status).toBe(200);
});
