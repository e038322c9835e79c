import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  createDisputeCases,
  createTestGround,
  newUser,
  newUserOfRole,
  type TestEdge,
  type TestGround,
  type TestUser,
  type World,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let payer: TestUser;
let payee: TestUser;
let insert: (status: string) => Promise<string>;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  const world = () => ({ payer, payee }) as World;
  const send = () => Promise.reject(new Error('nothing is sent'));
  insert = createDisputeCases({ db: ground.db, world, send }).insert;
});
afterAll(() => ground.close());

type Page = { data: { id: string; status: string }[]; next_cursor: string | null };

async function list(token: string, query = ''): Promise<Page> {
  const { status, body } = await edge.call('GET', `/disputes${query}`, { token });
  expect(status).toBe(200);
  return body as Page;
}

test('parties see theirs, newest first, page by page; the staff all, others none', async () => {
  const ids: string[] = [];
  for (const status of ['opened', 'won', 'needs_response', 'won', 'withdrawn']) {
    ids.unshift(await insert(status));
  }
  const pages: string[][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: Page = await list(payer.token, `?limit=2${cursor && `&cursor=${cursor}`}`);
    pages.push(page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  }
  expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  expect((await list(payee.token)).data.map(({ id }) => id)).toEqual(ids);
  const won = await list(payee.token, '?status=won');
  expect(won.data.map(({ status }) => status)).toEqual(['won', 'won']);
  for (const role of ['support', 'operator'] as const) {
    const { token } = await newUserOfRole(edge, ground, role, payer);
    expect((await list(token)).data.map(({ id }) => id)).toEqual(ids);
  }
  expect((await list((await newUser(edge)).token)).data).toEqual([]);
});

test('a cursor is good for its own question and its own caller alone', async () => {
  await insert('opened');
  const { next_cursor: cursor } = await list(payer.token, '?limit=1');
  const wrong: [string, string][] = [
    [payee.token, ''],
    [payer.token, '&status=won'],
  ];
  for (const [token, more] of wrong) {
    const path = `/disputes?limit=1&cursor=${cursor ?? ''}${more}`;
    const { status, body } = await edge.call('GET', path, { token });
    expect([status, body.code]).toEqual([422, 'invalid_cursor']);
  }
});

test('evidence that is too much at once is overloaded, and comes through afterwards', async () => {
  const id = await insert('needs_response');
  const text = { kind: 'text', name: 'letter', content_type: 'text/plain' };
  const add = (content: string) =>
    edge.call('POST', `/disputes/${id}/evidence`, {
      ...{ token: payee.token, key: crypto.randomUUID() },
      json: { ...text, content },
    });
  const many = await Promise.all(Array.from({ length: 12 }, () => add('y'.repeat(3_000_000))));
  const statuses = new Set(many.map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect((await add('z')).status).toBe(202);
});
