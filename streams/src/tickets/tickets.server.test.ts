import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import {
  createConnection,
  findAction,
  findChanges,
  findTicket,
  findWallets,
  listTicketMessages,
  post,
  type Connection,
} from '@wallet/core-ledger';
import { systemClock } from '@wallet/runtime';
import { topics, type InboundRecord, type TicketEvent, type TicketIntent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createDesk } from '../posting/posting.ts';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { createTicketRecords } from '../testing/ticket-cases.ts';
import { ticketsPlan } from './plan.ts';
import { systemTicketRecordOf } from './system-ticket.ts';
import { createTicketFinder } from './ticket-finder.ts';
import { createTicketTimer } from './ticket-timer.ts';

let wire: TestWire;
let stage: Stage;
let member: Member;
let make: ReturnType<typeof createTicketRecords>;
let customer: string;
const agent = randomUUID();
const opened: Connection[] = [];

beforeAll(async () => {
  wire = await createTestWire('tickets');
  stage = await createPostingStage(wire.wire.codec);
  member = await stage.join({ plan: ticketsPlan });
  make = createTicketRecords(wire.wire.codec);
});
afterAll(async () => {
  for (const connection of opened) await connection.close();
  await wire.close();
  await stage.closeSound();
});
beforeEach(() => {
  customer = randomUUID();
});

const settle = (...records: InboundRecord[]) => member.posting.handle(records);
const shown = async (id: string) => findTicket(stage.database.knex, id);
const codeOf = async ({ headers }: InboundRecord, id: string) => {
  expect(headers['request-id']).toBeDefined();
  return (await findAction(stage.database.knex, id))?.failureCode;
};

async function open(change: Partial<TicketIntent> = {}): Promise<string> {
  const record = make({ caller_id: customer, requester_id: customer, ...change });
  await settle(record);
  return record.key ?? '';
}

/** Does something to a ticket; answers why it was refused, or null. */
async function act(
  kind: TicketIntent['kind'],
  ticketId: string,
  by: 'customer' | 'support',
  change: Partial<TicketIntent> = {},
  headers: Record<string, string> = {},
): Promise<string | null | undefined> {
  const id = randomUUID();
  const who = { caller_id: by === 'customer' ? customer : agent, actor_role: by };
  const record = make({ intent_id: id, ticket_id: ticketId, kind, ...who, ...change }, headers);
  await settle(record);
  return codeOf(record, id);
}

function told(): string[] {
  const batches = member.committed.splice(0).filter(({ topic }) => topic === 'ticket-events');
  return batches.flatMap(({ records }) =>
    records.map((record) => {
      const read = wire.wire.codec.decode<TicketEvent>(topics.ticketEvents, record.payload);
      return read.ok ? `${read.value.type} ${read.value.ticket_version}` : read.reason;
    }),
  );
}

/** The same intent once more, as a producer that was not sure sends it. */
function again({ value }: Pick<InboundRecord, 'value'>): InboundRecord {
  const read = wire.wire.codec.decode<TicketIntent>(topics.ticketIntents, value);
  if (!read.ok) throw new Error(read.reason);
  return make(read.value);
}

/** What it asked for by its own outbox, as records that come in. */
function askedFor(): InboundRecord[] {
  const batches = member.committed.splice(0).filter(({ topic }) => topic === 'ticket-intents');
  return batches.flatMap(({ records }) => records.map(({ payload }) => again({ value: payload })));
}

test('a ticket is opened, answered, resolved and opened again, each told once', async () => {
  const payment = randomUUID();
  told();
  const id = await open({ links: [{ kind: 'payment', id: payment }] });
  expect(await shown(id)).toMatchObject({
    ...{ status: 'new', team: 'payments', priority: 'normal', requesterId: customer, version: 1 },
    about: [{ kind: 'payment', id: payment }],
  });
  expect(await act('ticket_message', id, 'support', { body: 'look', internal: true })).toBeNull();
  expect(await act('ticket_message', id, 'support', { body: 'We look.' })).toBeNull();
  expect(await act('ticket_transition', id, 'support', { to: 'pending_customer' })).toBeNull();
  expect(await act('ticket_message', id, 'customer', { body: 'Well?' })).toBeNull();
  expect(
    await act('ticket_transition', id, 'support', { to: 'resolved', reason: 'done' }),
  ).toBeNull();
  expect(await act('ticket_message', id, 'customer', { body: 'Not done.' })).toBeNull();
  expect(told()).toEqual([
    ...['ticket.opened 1', 'ticket.noted 2', 'ticket.replied 3', 'ticket.waiting 4'],
    ...['ticket.answered 5', 'ticket.resolved 6', 'ticket.reopened 7'],
  ]);
  const bodies = async (withInternal: boolean) => {
    const page = { withInternal, beforeVersion: null, limit: 10 };
    return (await listTicketMessages(stage.database.knex, id, page)).map(({ body }) => body);
  };
  expect(await bodies(false)).toEqual(['Not done.', 'Well?', 'We look.', 'My money.']);
  expect(await bodies(true)).toContain('look');
  const history = await findChanges(stage.database.knex, id);
  expect(history.map(({ to, role, reason }) => [to, role, reason])).toEqual([
    ['new', 'customer', 'ticket'],
    ['new', 'support', 'ticket_message'],
    ['open', 'support', 'ticket_message'],
    ['pending_customer', 'support', 'ticket_transition'],
    ['open', 'customer', 'ticket_message'],
    ['resolved', 'support', 'done'],
    ['open', 'customer', 'ticket_message'],
  ]);
});

test('what is not allowed is a refusal with its code, and changes nothing', async () => {
  const id = await open();
  expect(await act('ticket_transition', id, 'customer', { to: 'pending_customer' })).toBe(
    'not_allowed_for_party',
  );
  expect(await act('ticket_transition', id, 'support', { to: 'closed' })).toBe('invalid_state');
  expect(await act('ticket_message', randomUUID(), 'support')).toBe('ticket_not_found');
  const stranger = { caller_id: randomUUID(), actor_role: 'merchant' };
  expect(await act('ticket_message', id, 'customer', stranger)).toBe('not_allowed_for_party');
  expect(await shown(id)).toMatchObject({ version: 1, messages: 1 });
});

test('a batch opens a ticket and goes on with it; a repeat does nothing again', async () => {
  const record = make({ caller_id: customer, requester_id: customer });
  const id = record.key ?? '';
  const message = make({
    ...{ intent_id: randomUUID(), ticket_id: id, kind: 'ticket_message', caller_id: agent },
    ...{ actor_role: 'support', body: 'Hello' },
  });
  await settle(record, message);
  expect(await shown(id)).toMatchObject({ status: 'open', version: 2, messages: 2 });
  await settle(again(record), again(message));
  expect(await shown(id)).toMatchObject({ version: 2, messages: 2 });
});

test('two of one customer become one; links and a note of where it went stay', async () => {
  const [first, second] = [await open(), await open({ subject: 'Again' })];
  const refund = randomUUID();
  expect(
    await act('ticket_link', first, 'support', { links: [{ kind: 'refund', id: refund }] }),
  ).toBeNull();
  expect(await act('ticket_merge', first, 'support', { other_ticket_id: second })).toBeNull();
  expect(await shown(first)).toMatchObject({ status: 'closed', mergedIntoId: second });
  expect(await shown(second)).toMatchObject({ about: [{ kind: 'ticket', id: first }], links: 1 });
  expect(await act('ticket_message', first, 'customer')).toBe('ticket_merged');
});

test('an agent takes it, gives it another priority, and lets go of it', async () => {
  const id = await open();
  await act('ticket_assignment', id, 'support', { owner_id: agent, priority: 'urgent' });
  const taken = await shown(id);
  expect(taken).toMatchObject({ ownerId: agent, priority: 'urgent', team: 'service' });
  await act('ticket_assignment', id, 'support', { releases_owner: true, team: 'disputes' });
  expect(await shown(id)).toMatchObject({ ownerId: null, priority: 'urgent', team: 'disputes' });
});

test('a word to a closed ticket begins another that goes on from it, once', async () => {
  const id = await open({ links: [{ kind: 'payment', id: randomUUID() }] });
  for (const to of ['resolved', 'closed']) await act('ticket_transition', id, 'support', { to });
  askedFor();
  expect(await act('ticket_message', id, 'customer', { body: 'Once more' })).toBeNull();
  const asked = askedFor();
  expect(asked).toHaveLength(1);
  await settle(...asked);
  const followUpId = (await shown(id))?.followUpId ?? '';
  expect(await shown(followUpId)).toMatchObject({
    ...{ status: 'new', followsId: id, requesterId: customer, team: 'payments' },
    about: [{ kind: 'ticket', id }],
  });
  const page = { withInternal: true, beforeVersion: null, limit: 10 };
  const [message] = await listTicketMessages(stage.database.knex, followUpId, page);
  expect(message).toMatchObject({ body: 'Once more', authorId: customer });
  expect(await act('ticket_message', id, 'customer')).toBe('ticket_followed_up');
});

test('timers note each breach once and end what waits, any number of them at once', async () => {
  const connections = await Promise.all(
    [1, 2].map(() => createConnection({ url: stage.url, applicationName: 'test tickets' })),
  );
  opened.push(...connections);
  const timers = connections.map((connection) =>
    createTicketTimer({
      ...{ connection, database: stage.database },
      desk: createDesk({
        ...{ codec: wire.wire.codec, clock: systemClock },
        database: stage.database,
      }),
    }),
  );
  const longAgo = Date.now() - 400 * 86_400_000;
  const ids = await Promise.all([1, 2, 3, 4, 5].map(() => open({ accepted_at: longAgo })));
  const waiting = await open({ accepted_at: longAgo });
  await act('ticket_transition', waiting, 'support', {
    ...{ to: 'pending_customer', accepted_at: longAgo + 1 },
  });
  for (let left = true; left;) {
    const runs = await Promise.all(timers.map((run) => run(2)));
    left = runs.some(({ claimed }) => claimed > 0);
  }
  for (const id of ids) {
    const ticket = await shown(id);
    const breaches = Object.values(ticket?.clocks ?? {}).map(
      (clock) => clock.breachedAtMs !== null,
    );
    expect([ticket?.status, ticket?.version, breaches]).toEqual(['new', 4, [true, true, true]]);
    const history = await findChanges(stage.database.knex, id);
    expect(history.slice(1).map(({ actor, reason }) => `${actor} ${reason ?? ''}`)).toEqual([
      ...['timer first_response_breached', 'timer update_breached', 'timer resolution_breached'],
    ]);
  }
  expect(await shown(waiting)).toMatchObject({ status: 'closed', version: 4 });
});

test('what nobody owns gets a ticket of its own, however often it is found', async () => {
  const { codec } = wire.wire;
  const wallet = await stage.openWallet();
  const platform = (await findWallets(stage.database.knex, [wallet])).get(wallet)?.platform;
  const transferId = randomUUID();
  await post(stage.database.knex, [
    {
      ...({ type: 'transfer', id: transferId, kind: 'unplaced' } as const),
      ...{ paymentId: null, intentId: null },
      legs: [
        { accountId: platform?.bank ?? 0n, amountMinor: -70n, currency: 'USD' },
        { accountId: platform?.suspense ?? 0n, amountMinor: 70n, currency: 'USD' },
      ],
    },
  ]);
  const sent: InboundRecord[] = [];
  const find = createTicketFinder({
    ...{ database: stage.database, codec, clock: systemClock },
    admin: {
      offsets: async (topic) =>
        new Map(topic.startsWith('wallet-intents') ? [[0, { low: 3, high: 5 }]] : []),
    },
    publisher: {
      publish: (record) => {
        sent.push(again(record));
        return Promise.resolve();
      },
    },
  });
  expect(await find()).toEqual({ done: 2, more: false });
  await find();
  await settle(...sent);
  const ids = [...new Set(sent.map(({ key }) => key ?? ''))];
  const found = await Promise.all(ids.map(shown));
  expect(found.map((ticket) => ticket?.about)).toEqual([
    [{ kind: 'suspense', id: transferId }],
    [{ kind: 'dead_letter', id: 'wallet-intents' }],
  ]);
  expect(found[0]).toMatchObject({
    ...{ requesterId: null, openedBy: 'system', team: 'operations', priority: 'high' },
    subject: 'Money in suspense: 70 minor units USD',
  });
  // Its promises begin when it is found, not with the day.
  expect(Date.now() - (found[1]?.openedAtMs ?? 0)).toBeLessThan(60_000);
  expect(await find()).toEqual({ done: 0, more: false });
});

test('a cause told twice is one ticket', async () => {
  const settlement = randomUUID();
  const cause = {
    links: [{ kind: 'settlement', id: settlement }] as const,
    ...{ subject: 'A payout failed', body: 'The bank refused it.', atMs: Date.now() },
  };
  const record = systemTicketRecordOf(wire.wire.codec, cause);
  await settle(again(record), again(record));
  await settle(again(record));
  expect(await shown(record.key)).toMatchObject({ team: 'settlements', version: 1 });
});
