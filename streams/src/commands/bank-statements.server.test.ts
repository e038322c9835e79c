import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { findTicket, readGauges } from '@wallet/core-ledger';
import { systemClock } from '@wallet/runtime';
import { topics, type BankLine, type InboundRecord, type TicketIntent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Member, type Stage } from '../testing/posting-stage.ts';
import { createSettlementCases, type SettlementCases } from '../testing/settlement-cases.ts';
import { createTicketRecords } from '../testing/ticket-cases.ts';
import { ticketsPlan } from '../tickets/plan.ts';
import { createTicketFinder } from '../tickets/ticket-finder.ts';

let wire: TestWire;
let stage: Stage;
let cases: SettlementCases;
let tickets: Member;
let make: ReturnType<typeof createTicketRecords>;
let payer: string;
let merchant: string;
/** What is sent, and sits in transit at the beginning of each test. */
const net = 9_890n;
let sent: string;

beforeAll(async () => {
  wire = await createTestWire('bank-statements');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createSettlementCases(stage);
  tickets = await stage.join({ plan: ticketsPlan });
  make = createTicketRecords(wire.wire.codec);
  payer = await stage.openWallet({ balance: 10_000_000n });
  // Somebody has another currency, so that its line has accounts to go to.
  await stage.openWallet({ currency: 'EUR' });
});
afterAll(async () => {
  await cases.close();
  await wire.close();
  await stage.closeSound();
});
beforeEach(async () => {
  merchant = await cases.openMerchant();
  await cases.pay(payer, merchant, 10_000n);
  sent = await cases.run(merchant);
  await cases.act(sent, 'submitted');
  cases.commands.committed.length = 0;
});

function line(change: Partial<BankLine> = {}): BankLine {
  return {
    ...{ bank_reference: randomUUID(), reference: sent, settlement_id: sent, wallet_id: merchant },
    ...{ is_credit: false, amount_minor: net, currency: 'USD', ...change },
  };
}

const unknown = { reference: null, settlement_id: null, wallet_id: null };

/** Imports a statement; answers the outcomes of its new lines in their order. */
async function tell(...lines: BankLine[]): Promise<string[]> {
  const id = await cases.ask({ kind: 'bank_statement', lines });
  const { rows } = await stage.database.knex.raw<{
    rows: { bank_reference: string; outcome: string }[];
  }>('select bank_reference, outcome from bank_line where statement_id = ?::uuid', [id]);
  const outcomes = new Map(rows.map((row) => [row.bank_reference, row.outcome]));
  return lines.flatMap(({ bank_reference }) => outcomes.get(bank_reference) ?? []);
}

/** The tickets that were asked for since, opened: what they are about. */
async function opened(): Promise<string[][]> {
  const records: InboundRecord[] = [];
  for (const { topic, records: told } of cases.commands.committed.splice(0)) {
    if (topic !== topics.ticketIntents.name) continue;
    for (const { payload } of told) {
      const read = wire.wire.codec.decode<TicketIntent>(topics.ticketIntents, payload);
      if (read.ok) records.push(make(read.value));
    }
  }
  if (records.length > 0) await tickets.posting.handle(records);
  const found = await Promise.all(
    records.map(({ key }) => findTicket(stage.database.knex, key ?? '')),
  );
  return found.map((ticket) => (ticket?.about ?? []).map(({ kind }) => kind).sort());
}

/** What the look for money that nobody owns would ask for besides. */
async function foundBesides(): Promise<number> {
  const find = createTicketFinder({
    ...{ database: stage.database, codec: wire.wire.codec, clock: systemClock },
    admin: { offsets: () => Promise.resolve(new Map()) },
    publisher: { publish: () => Promise.resolve() },
  });
  return (await find()).done;
}

async function moved(work: () => Promise<unknown>) {
  const before = await cases.balances(merchant);
  await work();
  const after = await cases.balances(merchant);
  return {
    ...{ bank: after.bank - before.bank, suspense: after.suspense - before.suspense },
    ...{ transit: after.transit - before.transit, available: after.available - before.available },
  };
}

/** Settlements that a bank has not answered, as the alert counts them. */
async function onTheirWay(): Promise<number> {
  return (await readGauges(stage.database.knex)).settlements.in_transit.count;
}

const nothing = { bank: 0n, suspense: 0n, transit: 0n, available: 0n };
const statusOf = async (id: string) => (await cases.see(id)).status;

describe('a line of a bank', () => {
  test('that pays the batch is matched: no ticket', async () => {
    const by = await moved(async () => expect(await tell(line())).toEqual(['matched']));
    expect(by).toEqual({ ...nothing, bank: net, transit: -net });
    expect(await statusOf(sent)).toBe('settled');
    expect(await opened()).toEqual([]);
  });

  test('that pays less leaves the rest in transit, and a second one brings it', async () => {
    const by = await moved(() => tell(line({ amount_minor: 9_000n })));
    expect(by).toEqual({ ...nothing, bank: 9_000n, transit: -9_000n });
    expect(await statusOf(sent)).toBe('partially_settled');
    expect(await opened()).toEqual([['bank_line', 'settlement']]);
    expect(await tell(line({ amount_minor: 890n }))).toEqual(['matched']);
    expect(await statusOf(sent)).toBe('settled');
    expect(await opened()).toEqual([]);
  });

  test.each([
    ['more', 'over', { amount_minor: net + 7n }, 7n, ['bank_line', 'settlement', 'suspense']],
    ['another currency', 'wrong_currency', { currency: 'EUR' }, 0n, null],
    ['nothing of ours', 'unknown', unknown, net, ['bank_line', 'suspense']],
  ] as const)(
    'that says %s is %s: suspense and one ticket',
    async (_what, outcome, by, usd, about) => {
      const went = await moved(async () => expect(await tell(line(by))).toEqual([outcome]));
      const paid = outcome === 'over' ? net : 0n;
      expect(went).toEqual({ ...nothing, bank: paid + usd, transit: -paid, suspense: -usd });
      expect(await opened()).toEqual([about ?? ['bank_line', 'settlement', 'suspense']]);
      expect(await foundBesides()).toBe(0);
    },
  );

  test('that brings what nobody knows is one ticket, and not another one of the look', async () => {
    const by = await moved(() => tell(line({ ...unknown, is_credit: true, amount_minor: 5n })));
    expect(by).toEqual({ ...nothing, bank: -5n, suspense: 5n });
    // Even before the ticket is there.
    expect(await foundBesides()).toBe(0);
    expect(await opened()).toEqual([['bank_line', 'suspense']]);
    expect(await foundBesides()).toBe(0);
  });

  test('that brings a settled batch back is carried over, with one ticket', async () => {
    await tell(line());
    const by = await moved(async () =>
      expect(await tell(line({ is_credit: true }))).toEqual(['matched']),
    );
    expect(by).toEqual({ ...nothing, bank: -net, available: net });
    expect(await statusOf(sent)).toBe('returned');
    expect(await opened()).toEqual([['settlement']]);
    const next = await cases.run(merchant);
    expect(await cases.see(next)).toMatchObject({ carriedMinor: net, netMinor: net });
  });

  test('is one line for ever: the same statement twice, and a line twice in one', async () => {
    const one = line();
    expect(await tell(one)).toEqual(['matched']);
    const again = await moved(async () => expect(await tell(one, line(unknown))).toHaveLength(1));
    expect(again).toEqual({ ...nothing, bank: net, suspense: -net });
    const twice = line({ ...unknown, amount_minor: 3n });
    expect(await moved(() => tell(twice, twice))).toMatchObject({ bank: 3n, suspense: -3n });
    expect(await opened()).toHaveLength(2);
  });

  test('may follow what an operator has said: it moves nothing and tells nobody', async () => {
    await cases.act(sent, 'settled');
    const before = await cases.see(sent);
    const by = await moved(async () => expect(await tell(line())).toEqual(['matched']));
    expect(by).toEqual(nothing);
    // Nothing happened to it, so that nobody looks for the event of that.
    const { version, updatedAt, bankedMinor } = await cases.see(sent);
    expect({ version, updatedAt }).toEqual({
      version: before.version,
      updatedAt: before.updatedAt,
    });
    expect(bankedMinor).toBe(net);
    // A second one is money that nobody has sent.
    expect(await tell(line())).toEqual(['over']);
  });
});

describe('a line about a batch that was never sent', () => {
  test.each(['aborted', 'pending_approval'] as const)(
    '%s: all of it is suspense',
    async (status) => {
      await cases.pay(payer, merchant, 1_000n);
      const id = await cases.run(merchant);
      if (status === 'aborted') await cases.act(id, 'aborted');
      const { netMinor } = await cases.see(id);
      const of = { reference: id, settlement_id: id, amount_minor: netMinor };
      const by = await moved(async () => expect(await tell(line(of))).toEqual(['over']));
      expect(by).toEqual({ ...nothing, bank: netMinor, suspense: -netMinor });
      expect(await statusOf(id)).toBe(status);
      expect(await opened()).toEqual([['bank_line', 'settlement', 'suspense']]);
    },
  );
});

describe('what comes back', () => {
  test.each(['failed', 'returned'] as const)(
    '%s as an operator says: one ticket',
    async (target) => {
      await cases.act(sent, target);
      expect(await opened()).toEqual([['settlement']]);
    },
  );

  test('is a part that the bank rejects: the rest stays on its way', async () => {
    const before = await onTheirWay();
    const by = await moved(() => cases.act(sent, 'returned', { amount_minor: 890n }));
    expect(by).toEqual({ ...nothing, transit: -890n, available: 890n });
    expect(await statusOf(sent)).toBe('partially_settled');
    expect(await opened()).toEqual([['settlement']]);
    expect(await tell(line({ amount_minor: 9_000n }))).toEqual(['matched']);
    expect(await cases.see(sent)).toMatchObject({
      ...{ status: 'partially_settled', netMinor: net, confirmedMinor: 9_000n },
      ...{ returnedMinor: 890n },
    });
    // Nothing of it is on its way, so that no bank is late with it.
    expect(await onTheirWay()).toBe(before - 1);
    const next = await cases.run(merchant);
    expect(await cases.see(next)).toMatchObject({ carriedMinor: 890n, netMinor: 890n });
  });

  test('is of what was paid when the bank brings it, though some is in transit', async () => {
    await tell(line({ amount_minor: 9_000n }));
    const back = line({ is_credit: true, amount_minor: 9_000n });
    const by = await moved(async () => expect(await tell(back)).toEqual(['matched']));
    expect(by).toEqual({ ...nothing, bank: -9_000n, available: 9_000n });
    expect(await cases.see(sent)).toMatchObject({
      ...{ status: 'partially_settled', confirmedMinor: 0n, returnedMinor: 9_000n },
    });
    expect(await tell(line({ amount_minor: 890n }))).toEqual(['matched']);
  });

  test('of what was paid too much is nobody’s but suspense’s', async () => {
    // An operator knows of the part before the bank has paid all and brought that part back.
    await cases.act(sent, 'returned', { amount_minor: 890n });
    const paid = await moved(async () => expect(await tell(line())).toEqual(['over']));
    expect(paid).toEqual({ ...nothing, bank: net, transit: -9_000n, suspense: -890n });
    await opened();
    const back = line({ is_credit: true, amount_minor: 890n });
    const by = await moved(async () => expect(await tell(back)).toEqual(['matched']));
    expect(by).toEqual({ ...nothing, bank: -890n, suspense: 890n });
    expect(await opened()).toEqual([]);
    expect(await foundBesides()).toBe(0);
    expect(await cases.see(sent)).toMatchObject({ confirmedMinor: 9_000n, returnedMinor: 890n });
  });

  test('in two parts is one ticket', async () => {
    await cases.act(sent, 'settled');
    await cases.act(sent, 'returned', { amount_minor: 90n });
    expect(await statusOf(sent)).toBe('partially_settled');
    await cases.act(sent, 'returned');
    expect(await statusOf(sent)).toBe('returned');
    expect(await opened()).toEqual([['settlement']]);
  });

  test('to a closed wallet is suspense, carried nowhere, and one ticket', async () => {
    await stage.database.knex.raw(
      `update account set status = 'closed' where wallet_id = ?::uuid`,
      [merchant],
    );
    const by = await moved(() => cases.act(sent, 'failed'));
    expect(by).toEqual({ ...nothing, transit: -net, suspense: net });
    expect(await opened()).toEqual([['settlement']]);
    expect(await foundBesides()).toBe(0);
    const found = await stage.database.knex.raw<{ rows: { carried_minor: string }[] }>(
      'select carried_minor from settlement_position where wallet_id = ?::uuid',
      [merchant],
    );
    expect(found.rows).toEqual([{ carried_minor: '0' }]);
  });
});
