import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const withinMs = 15_000;
const pdf = Buffer.from('%PDF-1.7\nproof of delivery');

let system: System;
let ann: Resident;
let eve: Resident;
let shop: Resident;
let operator: Person;
let secondOperator: Person;

beforeAll(async () => {
  system = await startSystem({ seed: true, rules: 'lenient' });
  [ann, eve, shop, operator, secondOperator] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.register('customer'),
    system.api.register('merchant'),
    system.api.seeded('operator1'),
    system.api.seeded('operator2'),
  ]);
}, startMs);
afterAll(async () => {
  await system?.stop();
}, startMs);

async function pay(amountMinor = 510): Promise<string> {
  const order = { from: ann.walletId, to: shop.walletId, amountMinor };
  const paid = await ann.pay(order, { wait: 10 });
  expect(paid.json).toMatchObject({ status: 'captured' });
  return String(memberOf(paid, 200, 'id'));
}

const asked = { reason: 'not_received', description: 'Nothing came.' };

async function open(paymentId: string, more = {}): Promise<string> {
  const body = { payment_id: paymentId, ...asked, ...more };
  return String(memberOf(await ann.post('/disputes', body, { wait: 10 }), 200, 'id'));
}

const act = (person: Person, id: string, action: string, body: object = {}) =>
  person.post(`/disputes/${id}/${action}`, body, { wait: 10 });
const statusOf = async (id: string): Promise<unknown> =>
  memberOf(await ann.get(`/disputes/${id}`), 200, 'status');

describe('a dispute, the whole way', () => {
  test('is opened, answered with a file, won, told to both and shown in its history', async () => {
    const payment = await pay();
    const id = await open(payment);
    const shown = await ann.get(`/payments/${payment}`);
    expect(shown.json).toMatchObject({ disputed_minor: 510, status: 'captured' });
    const added = await act(shop, id, 'evidence', {
      ...{ kind: 'file', name: 'proof.pdf', content_type: 'application/pdf' },
      content: pdf.toString('base64'),
    });
    expect(added.json).toMatchObject({
      ...{ object: 'dispute_action', action: 'evidence', dispute_id: id, status: 'succeeded' },
    });
    const list = await ann.get(`/disputes/${id}/evidence`);
    const sha256 = createHash('sha256').update(pdf).digest('hex');
    expect(list.json).toMatchObject({ data: [{ party: 'payee', sha256, size_bytes: pdf.length }] });
    const [{ id: piece } = { id: '' }] = (list.json?.data ?? []) as { id: string }[];
    const file = await operator.get(`/evidence/${piece}`);
    expect([file.status, file.text]).toEqual([200, pdf.toString()]);
    expect(file.headers).toMatchObject({
      ...{ 'content-type': 'application/pdf', 'content-disposition': 'attachment' },
    });
    expect((await act(shop, id, 'submit')).status).toBe(200);
    const decision = { outcome: 'won', reason: 'It was delivered.' };
    expect((await act(operator, id, 'decision', decision)).status).toBe(200);
    expect(await statusOf(id)).toBe('won');
    const history = await shop.get(`/disputes/${id}/history`);
    const rows = (history.json?.data ?? []) as { to: string; role: string }[];
    expect(rows.map(({ to, role }) => `${to} ${role}`)).toEqual([
      ...['won operator', 'under_review merchant', 'needs_response merchant'],
      'needs_response customer',
    ]);
    for (const person of [ann, shop]) {
      for (const template of ['dispute.opened', 'dispute.decided']) {
        await system.waitFor(
          async () => (await person.get('/notifications')).text.includes(template),
          `${person.email} to hear of ${template}`,
          withinMs,
        );
      }
    }
  });

  test('above the limit two operators decide', async () => {
    const id = await open(await pay(60_000));
    const decision = { outcome: 'lost', reason: 'No proof.' };
    await act(operator, id, 'decision', decision);
    expect(memberOf(await ann.get(`/disputes/${id}`), 200, 'second_decision_needed')).toBe(true);
    const again = await act(operator, id, 'decision', decision);
    expect([again.status, again.json?.code]).toEqual([409, 'same_person']);
    expect((await act(secondOperator, id, 'decision', decision)).status).toBe(200);
    expect(await statusOf(id)).toBe('lost');
  });
});

describe('interlocks with refunds', () => {
  test('refund during inquiry closes it at zero; then a dispute is already_refunded', async () => {
    // The fee of one payment is not enough for the refund of another.
    await pay(5_000);
    const payment = await pay();
    const id = await open(payment, { stage: 'inquiry' });
    expect((await ann.get(`/payments/${payment}`)).json).toMatchObject({ disputed_minor: 0 });
    const refund = { payment_id: payment, reason: 'sorry' };
    const refunded = await shop.post('/refunds', refund, { wait: 10 });
    expect(refunded.json).toMatchObject({ status: 'succeeded' });
    expect(await statusOf(id)).toBe('closed');
    const late = await ann.post('/disputes', { payment_id: payment, ...asked });
    expect([late.status, late.json?.code]).toEqual([409, 'already_refunded']);
  });

  test('refund during chargeback: payment_disputed', async () => {
    const payment = await pay();
    await open(payment, { amount_minor: 10 });
    const refund = { payment_id: payment, amount_minor: 5, reason: 'sorry' };
    const refused = await shop.post('/refunds', refund, { wait: 10 });
    const code = refused.status === 409 ? refused.json?.code : refused.json?.failure_code;
    expect(code).toBe('payment_disputed');
  });
});

describe('what is refused changes nothing', () => {
  test('unknown and foreign payments, the wrong party, too much, twice', async () => {
    const payment = await pay();
    const dispute = (person: Person, more = {}) =>
      person.post('/disputes', { payment_id: payment, ...asked, ...more });
    const refusals: [Promise<{ status: number; json?: object | undefined }>, number, string][] = [
      [dispute(eve), 404, 'payment_not_found'],
      [dispute(ann, { payment_id: crypto.randomUUID() }), 404, 'payment_not_found'],
      [dispute(shop), 403, 'not_allowed_for_party'],
      [dispute(operator), 403, 'insufficient_scope'],
      [dispute(ann, { amount_minor: 511 }), 409, 'dispute_exceeds_remaining'],
      [dispute(ann, { amount_minor: 0 }), 422, 'invalid_amount'],
      [dispute(ann, { currency: 'EUR' }), 422, 'unknown_field'],
      [dispute(ann, { reason: 'regret' }), 422, 'invalid_field'],
    ];
    for (const [answer, status, code] of refusals) {
      expect(await answer).toMatchObject({ status, json: { code } });
    }
    expect((await ann.get(`/disputes?payment_id=${payment}`)).json).toMatchObject({ data: [] });
    await open(payment);
    expect((await dispute(ann)).json).toMatchObject({ code: 'already_disputed' });
  });

  test('evidence late, too large, of a refused type; the wrong side or state', async () => {
    const id = await open(await pay());
    const file = { kind: 'file', name: 'x', content_type: 'application/pdf' };
    const text = { kind: 'text', name: 'x', content_type: 'text/plain', content: 'y' };
    const large = Buffer.alloc(5 * 1024 * 1024 + 1, ' ');
    pdf.copy(large);
    const refusals: [Person, string, object, number, string][] = [
      [shop, 'evidence', { ...file, content: 'aGVsbG8=' }, 422, 'evidence_type_not_allowed'],
      [shop, 'evidence', { ...file, content: large.toString('base64') }, 413, 'evidence_too_large'],
      [shop, 'evidence', { ...text, content: 'z'.repeat(7_100_000) }, 413, 'payload_too_large'],
      [eve, 'evidence', text, 404, 'not_found'],
      [ann, 'accept', {}, 403, 'not_allowed_for_party'],
      [shop, 'withdraw', {}, 403, 'not_allowed_for_party'],
      [ann, 'escalate', {}, 409, 'invalid_state'],
      [operator, 'decision', { outcome: 'partial', reason: 'x' }, 422, 'award_out_of_range'],
    ];
    for (const [person, action, body, status, code] of refusals) {
      const answer = await act(person, id, action, body);
      expect([action, answer.status, answer.json?.code]).toEqual([action, status, code]);
    }
    expect((await act(shop, id, 'submit')).status).toBe(200);
    const late = await act(shop, id, 'evidence', text);
    expect([late.status, late.json?.code]).toEqual([409, 'evidence_window_closed']);
    expect((await ann.get(`/disputes/${id}/evidence`)).json).toMatchObject({ data: [] });
  });
});
