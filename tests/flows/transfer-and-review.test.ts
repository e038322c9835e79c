import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;
const waiting = { wait: 10 };
/** What the sandbox's rules send to an analyst. */
const suspiciousMinor = 66_600;
const toppedUpMinor = 1_000_000;

let system: System;
let ann: Resident;
let shop: Resident;
let stranger: Resident;
let analyst: Person;

beforeAll(async () => {
  system = await startSystem({ seed: true, rules: 'lenient' });
  [ann, shop, stranger, analyst] = await Promise.all([
    system.api.customerWith(toppedUpMinor),
    system.api.register('merchant'),
    system.api.register('customer'),
    system.api.seeded('analyst1'),
  ]);
}, startMs);
afterAll(async () => {
  await system?.stop();
}, startMs);

const pay = (amountMinor: number) =>
  ann.pay({ from: ann.walletId, to: shop.walletId, amountMinor }, waiting);

/** Both parties find it in their inbox. */
async function untilTold(id: string): Promise<void> {
  for (const person of [ann, shop]) {
    const isTold = async () => (await person.get('/notifications')).text.includes(id);
    await system.waitFor(isTold, `${person.email} to hear of ${id}`, withinMs);
  }
}

test('money transfer: paid, on both statements, told to both, nobody else’s business', async () => {
  const before = await ann.wallet();
  const answer = await pay(1_234);
  const id = String(memberOf(answer, 200, 'id'));
  expect(answer.json).toMatchObject({
    ...{ object: 'payment', status: 'captured', amount_minor: 1_234, captured_minor: 1_234 },
    ...{ fee_minor: 22, failure_code: null, disputed_minor: 0, refunded_minor: 0 },
  });
  const clearsAtMs = Date.parse(String(answer.json?.['available_on']));
  expect(clearsAtMs - Date.parse(String(answer.json?.['created_at']))).toBeGreaterThanOrEqual(
    86_400_000,
  );
  expect(await ann.wallet()).toMatchObject({
    balance_minor: Number(before['balance_minor']) - 1_234,
  });
  expect(await shop.wallet()).toMatchObject({ pending_minor: 1_212, available_minor: 0 });
  for (const [person, minor] of [
    [ann, -1_234],
    [shop, 1_212],
  ] as const) {
    const [entry] = await person.rows(`/wallets/${person.walletId}/entries`);
    expect(entry).toMatchObject({ kind: 'payment', amount_minor: minor, payment_id: id });
  }
  await untilTold(id);
  const history = await ann.rows(`/payments/${id}/history`);
  expect(history.map(({ to }) => to)).toEqual(['captured', 'screening', 'received']);
  expect((await stranger.get(`/payments/${id}`)).status).toBe(404);
});

describe('fraud detection', () => {
  /** A payment that waits for an analyst, and its case. */
  async function reviewed(): Promise<{ id: string; path: string }> {
    const answer = await pay(suspiciousMinor);
    const id = String(memberOf(answer, 200, 'id'));
    expect(answer.json).toMatchObject({ status: 'in_review', captured_minor: 0 });
    const open = await analyst.rows('/fraud/cases?status=open&limit=100');
    const found = open.find((one) => one['payment_id'] === id);
    return { id, path: `/fraud/cases/${String(found?.['id'])}` };
  }

  const decide = (path: string, how: 'approve' | 'reject', reason: string) =>
    analyst.post(`${path}/${how}`, { reason }, waiting);

  test('what looks wrong is held; approved it is captured, with the analyst’s reason', async () => {
    const held = (await ann.wallet())['held_minor'];
    const { id, path } = await reviewed();
    expect((await ann.wallet())['held_minor']).toBe(Number(held) + suspiciousMinor);
    const decision = (await analyst.get(`/fraud/decisions/${id}`)).json ?? {};
    expect(decision).toMatchObject({ outcome: 'review', degraded: false });
    expect(decision['findings']).toContainEqual(expect.objectContaining({ result: 'match' }));
    expect((await ann.post(`${path}/approve`, { reason: 'mine' }, waiting)).status).toBe(403);
    expect((await decide(path, 'approve', 'knows the shop')).status).toBe(200);
    expect((await ann.get(`/payments/${id}`)).json).toMatchObject({
      ...{ status: 'captured', captured_minor: suspiciousMinor, fee_minor: 676 },
    });
    expect((await ann.wallet())['held_minor']).toBe(held);
    expect((await analyst.get(path)).json).toMatchObject({ status: 'approved' });
    const [change] = await ann.rows(`/payments/${id}/history`);
    expect(change).toMatchObject({ from: 'in_review', to: 'captured', role: 'analyst' });
    await untilTold(id);
  });

  test('rejected it moves nothing, and nobody decides it again', async () => {
    const before = await ann.wallet();
    const { id, path } = await reviewed();
    expect((await decide(path, 'reject', 'a stolen card')).status).toBe(200);
    expect((await ann.get(`/payments/${id}`)).json).toMatchObject({
      ...{ status: 'rejected', captured_minor: 0, fee_minor: 0 },
    });
    const { balance_minor, held_minor, available_minor } = before;
    expect(await ann.wallet()).toMatchObject({ balance_minor, held_minor, available_minor });
    const late = await decide(path, 'approve', 'after all');
    expect([late.status, late.json?.['code']]).toEqual([409, 'invalid_state']);
  });
});
