import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const waiting = { wait: 10 };

let system: System;
let ann: Resident;
let shop: Resident;
let agent: Person;

beforeAll(async () => {
  system = await startSystem({ seed: true, rules: 'lenient' });
  [ann, shop, agent] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.register('merchant'),
    system.api.seeded('support1'),
  ]);
}, startMs);
afterAll(async () => {
  await system?.stop();
}, startMs);

async function open(person: Person, body: object): Promise<string> {
  const ticket = { subject: 'Where is it?', body: 'Nothing came.', ...body };
  return String(memberOf(await person.post('/tickets', ticket, waiting), 200, 'id'));
}

const act = (person: Person, id: string, action: string, body: object) =>
  person.post(`/tickets/${id}/${action}`, body, waiting);
const shown = async (person: Person, id: string) => (await person.get(`/tickets/${id}`)).json ?? {};

test('customer service ticket: asked, refunded from it, resolved, opened again', async () => {
  const order = { from: ann.walletId, to: shop.walletId, amountMinor: 700 };
  const payment = String(memberOf(await ann.pay(order, waiting), 200, 'id'));
  // The fee of one payment is not enough for the refund of another.
  await ann.pay({ ...order, amountMinor: 5_000 }, waiting);
  const links = [{ kind: 'payment', id: payment }];
  const id = await open(ann, { links });
  expect(await shown(ann, id)).toMatchObject({
    ...{ object: 'ticket', status: 'new', team: 'payments', links, requester_id: ann.userId },
  });
  expect((await shop.get(`/tickets/${id}`)).status).toBe(404);
  expect((await agent.rows(`/tickets?about_id=${payment}`)).map((row) => row['id'])).toEqual([id]);

  await act(agent, id, 'messages', { body: 'The shop says it never left.', internal: true });
  const replied = await act(agent, id, 'messages', { body: 'You get it back.' });
  expect(replied.json).toMatchObject({
    ...{ object: 'ticket_action', action: 'ticket_message', ticket_id: id, status: 'succeeded' },
  });
  const refund = { payment_id: payment, reason: 'never sent' };
  const refused = await shop.post('/refunds', refund, { ...waiting, ticket: id });
  expect([refused.status, refused.json?.['code']]).toEqual([403, 'not_allowed_for_party']);
  const refunded = await agent.post('/refunds', refund, { ...waiting, ticket: id });
  expect(refunded.json).toMatchObject({ status: 'succeeded', amount_minor: 700 });

  const refundId = String(refunded.json?.['id']);
  const [change] = await agent.rows(`/refunds/${refundId}/history`);
  expect(change).toMatchObject({ role: 'support', ticket_id: id });
  expect(await agent.rows(`/tickets/${id}/deeds`)).toMatchObject([
    { object: 'refund', object_id: refundId, to: 'succeeded', role: 'support' },
  ]);
  const messages = await ann.rows(`/tickets/${id}/messages`);
  expect(messages.map(({ body }) => body)).toEqual(['You get it back.', 'Nothing came.']);
  expect((await ann.get(`/payments/${payment}`)).json).toMatchObject({ refunded_minor: 700 });

  const hears = async () => {
    const inbox = await ann.rows('/notifications?limit=100');
    return inbox.some(({ template, data }) => {
      const about = (data ?? {}) as { ticket_id?: string };
      return template === 'ticket.replied' && about.ticket_id === id;
    });
  };
  await system.waitFor(hears, 'the customer to hear of the answer', 15_000);

  await act(agent, id, 'transitions', { to: 'resolved', reason: 'refunded' });
  expect(await shown(ann, id)).toMatchObject({ status: 'resolved' });
  await act(ann, id, 'messages', { body: 'It is not there.' });
  expect(await shown(ann, id)).toMatchObject({ status: 'open', resolved_at: null });
  const history = await ann.rows(`/tickets/${id}/history`);
  expect(history.map(({ to, role }) => `${String(to)} ${String(role)}`)).toEqual([
    ...['open customer', 'resolved support', 'open support', 'new support', 'new customer'],
  ]);
});

test('a closed ticket is followed up; two of one customer become one', async () => {
  const id = await open(ann, {});
  for (const to of ['resolved', 'closed']) await act(ann, id, 'transitions', { to });
  expect((await act(ann, id, 'messages', { body: 'Once more' })).json).toMatchObject({
    status: 'succeeded',
  });
  const next = String((await shown(ann, id))['follow_up_id']);
  await system.waitFor(
    async () => (await ann.get(`/tickets/${next}`)).status === 200,
    'the ticket that goes on from a closed one',
    15_000,
  );
  expect(await shown(ann, next)).toMatchObject({ status: 'new', follows_id: id });
  const late = await ann.post(`/tickets/${id}/messages`, { body: 'Again' });
  expect([late.status, late.json]).toMatchObject([409, { follow_up_id: next }]);

  const other = await open(ann, { subject: 'Hello?' });
  expect((await act(ann, other, 'merge', { into_id: next })).status).toBe(403);
  expect((await act(agent, other, 'merge', { into_id: next })).status).toBe(200);
  expect(await shown(ann, other)).toMatchObject({ status: 'closed', merged_into_id: next });
  expect((await shown(ann, next))['links']).toContainEqual({ kind: 'ticket', id: other });
});
