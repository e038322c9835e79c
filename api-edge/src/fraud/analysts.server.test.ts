import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadRuleSet, publishFirst } from '@wallet/core-ledger';
import {
  createFraudObjects,
  createTestGround,
  newAnalysts,
  newUser,
  type TestEdge,
  type TestGround,
  type World,
} from '../testing/index.ts';
import { waitUntil } from '../testing/wait-until.ts';

const page = readFileSync(new URL('../../analysts.md', import.meta.url), 'utf8');
const blocksOf = (kind: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${kind}\\n((?:.|\\n)*?)\`\`\``, 'g'))].map(
    ([, text]) => text ?? '',
  );

let ground: TestGround;
let edge: TestEdge;
beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
});
afterAll(() => ground.close());

test('the rules of the page can be used', () => {
  const rules = blocksOf('rules');
  expect(rules.length).toBeGreaterThan(0);
  for (const text of rules) expect(loadRuleSet(text)).toMatchObject({ ok: true });
});

/** What the page speaks of: a payment in review, and a set that is live already. */
async function prepare() {
  await publishFirst(ground.db, {
    name: 'shipped',
    rules: 'review "busy" when payer.count_1h > 9',
  });
  const [payer, payee] = [await newUser(edge), await newUser(edge, 'merchant')];
  const { analystId, analystToken, approverToken } = await newAnalysts(edge, ground, payer);
  const analysts = { analystId, analystToken, approverToken, operatorToken: '' };
  const world: World = { payer, payee, ...analysts, refreshToken: '', ids: {} };
  const { openCase } = createFraudObjects({ ground, api: edge, world: () => world });
  const parties = { payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId };
  const json = { ...parties, amount_minor: 1, currency: 'USD' };
  const ask = () => edge.call('POST', '/fraud_detection', { token: analystToken, json });
  await waitUntil(async () => (await ask()).status === 200, 'the fraud desk is open');
  const known = new Map<string, string>([
    ...([
      ['payer', payer.walletId],
      ['payee', payee.walletId],
      ['case', await openCase()],
    ] as const),
  ]);
  return { known, tokens: { ada: analystToken, bob: approverToken } };
}

test('every request of the page is answered as it says', async () => {
  const { known, tokens } = await prepare();
  const lines = blocksOf('http').flatMap((block) => block.trim().split('\n'));
  const filled = (text: string): string =>
    text.replaceAll(/\{(payer|payee|case|ruleset)\}/g, (_, name: string) => known.get(name) ?? '');
  let asked = 0;
  for (let at = 0; at < lines.length; at += 2) {
    const [, who, method = '', path = '', body] =
      /^(ada|bob) ([A-Z]+) (\S+)(?: (.*))?$/.exec(filled(lines[at] ?? '')) ?? [];
    const [, status, expected = '{}'] = /^(\d+) (.*)$/.exec(filled(lines[at + 1] ?? '')) ?? [];
    const answer = await edge.call(method, path, {
      ...{ token: tokens[who as 'ada' | 'bob'], key: randomUUID() },
      ...(body === undefined ? {} : { json: JSON.parse(body) as object }),
    });
    expect([lines[at], answer.status, answer.text]).toEqual([
      ...[lines[at], Number(status), answer.text],
    ]);
    expect(partOf(JSON.parse(expected), answer.body)).toEqual(JSON.parse(expected));
    if (path === '/fraud/rulesets' && answer.status === 201)
      known.set('ruleset', String(answer.body.id));
    asked += 1;
  }
  expect(asked).toBeGreaterThan(20);
});

/** Of an answer, the members that are spoken of; of a list the beginning, or one that fits. */
function partOf(wanted: unknown, given: unknown): unknown {
  if (Array.isArray(wanted) && Array.isArray(given))
    return wanted.length === 0 ? given : wanted.map((each, at) => partOf(each, given[at]));
  if (typeof wanted !== 'object' || wanted === null) return given;
  if (typeof given !== 'object' || given === null) return given;
  return Object.fromEntries(
    Object.entries(wanted).map(([name, each]) => [
      ...[name, partOf(each, (given as Record<string, unknown>)[name])],
    ]),
  );
}
