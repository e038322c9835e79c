import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLedger, findWallets, type Ledger, type WalletFacts } from '@wallet/core-ledger';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { validateXML } from 'xmllint-wasm';
import {
  createTestGround,
  newUser,
  type ApiAnswer,
  type TestEdge,
  type TestGround,
  type TestUser,
} from '../testing/index.ts';

let ground: TestGround;
let edge: TestEdge;
let ledger: Ledger;
let payer: TestUser;
let merchant: TestUser;
const paymentId = randomUUID();
/** A formula, marks of CSV and XML, a letter beyond 16 bits, and what XML cannot write. */
const description = `=1+1, "tea" <&> 😀\u0001 ${'long '.repeat(60)}`;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  ledger = createLedger({ db: ground.db, clock: { nowMs: Date.now } });
  [payer, merchant] = [await newUser(edge), await newUser(edge, 'merchant')];
  await fill();
});
afterAll(async () => {
  await ledger.close();
  await ground.close();
});

async function walletOf({ walletId }: TestUser): Promise<WalletFacts> {
  const facts = (await findWallets(ground.db.knex, [walletId])).get(walletId);
  if (facts === undefined) throw new Error('no such wallet');
  return facts;
}

/** Tops up, pays with a fee, and clears: the merchant's money is on two accounts. */
async function fill(): Promise<void> {
  const [paying, paid] = [await walletOf(payer), await walletOf(merchant)];
  const [from = 0n, pending = 0n, available = 0n] = [
    paying.accounts.customer,
    paid.accounts.merchant_pending,
    paid.accounts.merchant_available,
  ];
  const { external, fees } = paying.platform;
  const move = (kind: 'top_up' | 'payment' | 'clearing', amounts: [bigint, bigint][]) => ({
    ...({ type: 'transfer', id: randomUUID(), kind, intentId: null } as const),
    paymentId: kind === 'payment' ? paymentId : null,
    legs: amounts.map(([accountId, amountMinor]) => ({ accountId, amountMinor, currency: 'USD' })),
  });
  await ground.db.knex('payment').insert({
    ...{ id: paymentId, payer_wallet_id: payer.walletId, payee_wallet_id: merchant.walletId },
    ...{ payer_id: payer.id, payee_id: merchant.id, amount_minor: 1_005, captured_minor: 1_005 },
    ...{ currency: 'USD', capture: 'automatic', status: 'captured', version: 1, fee_minor: 20 },
    ...{ accepted_at: new Date(), description },
  });
  for (const item of [
    move('top_up', [
      [external, -5_000n],
      [from, 5_000n],
    ]),
    move('payment', [
      [from, -1_005n],
      [pending, 985n],
      [fees, 20n],
    ]),
    move('clearing', [
      [pending, -985n],
      [available, 985n],
    ]),
  ]) {
    expect(await ledger.post([item])).toEqual([{ ok: true, repeated: false }]);
  }
}

function statement(of: TestUser, accept?: string, query = '', token = of.token) {
  const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
  return edge.call('GET', `/wallets/${of.walletId}/statement${query}`, { token, headers });
}

type Row = { amount_minor: number; balance_after_minor: number; entry_id: string };
const rowsOf = ({ body }: ApiAnswer) => body.entries as Row[];

describe('a statement as JSON', () => {
  test('has opening, entries and closing, and the wallet says the same', async () => {
    const { status, body } = await statement(payer);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ...{ wallet_id: payer.walletId, currency: 'USD', opening_balance_minor: 0 },
      closing_balance_minor: 3_995,
      entries: [
        { kind: 'top_up', amount_minor: 5_000, balance_after_minor: 5_000, payment_id: null },
        {
          ...{ kind: 'payment', amount_minor: -1_005, balance_after_minor: 3_995 },
          ...{ payment_id: paymentId, description, account: 'customer' },
        },
      ],
    });
    const wallet = await edge.call('GET', `/wallets/${payer.walletId}`, { token: payer.token });
    expect(wallet.body.balance_minor).toBe(3_995);
  });

  test("of a merchant is over all the wallet's accounts", async () => {
    const answer = await statement(merchant);
    expect(answer.body.entries).toMatchObject([
      { account: 'merchant_pending', amount_minor: 985, balance_after_minor: 985 },
      { account: 'merchant_pending', amount_minor: -985, balance_after_minor: 0 },
      { account: 'merchant_available', amount_minor: 985, balance_after_minor: 985 },
    ]);
    expect(answer.body.closing_balance_minor).toBe(985);
    const wallets = await edge.call('GET', '/wallets', { token: merchant.token });
    expect(wallets.body.data).toMatchObject([
      {
        ...{ balance_minor: 985, available_minor: 985, pending_minor: 0 },
        accounts: [
          { kind: 'merchant_pending', balance_minor: 0, held_minor: 0 },
          { kind: 'merchant_available', balance_minor: 985 },
          { kind: 'dispute_reserve', balance_minor: 0 },
          { kind: 'receivable', balance_minor: 0 },
        ],
      },
    ]);
    const path = `/wallets/${merchant.walletId}/entries`;
    const { body } = await edge.call('GET', path, { token: merchant.token });
    expect(body.data).toEqual(rowsOf(answer).toReversed());
  });

  test('of a period has what was posted in it', async () => {
    const whole = await statement(payer);
    const [first] = whole.body.entries as { posted_at: string }[];
    const at = encodeURIComponent(first?.posted_at ?? '');
    const before = await statement(payer, undefined, `?from=2026-01-01&to=${at}`);
    expect([before.body.closing_balance_minor, before.body.entries]).toEqual([0, []]);
    const today = new Date().toISOString().slice(0, 10);
    const day = await statement(payer, undefined, `?from=2020-01-01&to=${today}`);
    expect(day.body).toMatchObject({ from: '2020-01-01T00:00:00.000Z' });
    expect(day.body.entries).toEqual(whole.body.entries);
    const ever = '?from=0001-01-01T00:00:00-23:59&to=9999-12-31T23:59:59-23:59';
    expect((await statement(payer, undefined, ever)).body.entries).toEqual(whole.body.entries);
  });

  test.each([
    ['?from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z', 'invalid_period'],
    ['?from=2026-03-01T00:00:00', 'invalid_field'],
    ['?from=yesterday', 'invalid_field'],
  ])('%s is refused as %s', async (query, code) => {
    const { status, body } = await statement(payer, undefined, query);
    expect([status, body.code]).toEqual([422, code]);
  });

  test('that begins in the archive is refused by name', async () => {
    const user = await newUser(edge);
    const [account] = Object.values((await walletOf(user)).accounts);
    await ground.db.knex.raw(
      `insert into entry_opening (account_id, version, balance_minor, until)
       values (?, 0, 0, date_trunc('month', now()))`,
      [String(account)],
    );
    const { status, body } = await statement(user, undefined, '?from=2020-01-01');
    expect([status, body.code]).toEqual([422, 'period_archived']);
  });

  test('is for its owner, in a form that there is', async () => {
    const foreign = await statement(payer, undefined, '', merchant.token);
    expect([foreign.status, foreign.body.code]).toEqual([404, 'wallet_not_found']);
    const image = await statement(payer, 'image/png');
    expect([image.status, image.body.code]).toEqual([406, 'not_acceptable']);
    const browser = await statement(payer, 'text/html, */*;q=0.1');
    expect(browser.headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});

test('a statement as CSV has the columns of the JSON, and runs nothing', async () => {
  const { text, headers } = await statement(payer, 'text/csv');
  expect(headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = text.split('\r\n');
  const [row] = rowsOf(await statement(payer));
  expect(lines[0]).toBe(Object.keys(row ?? {}).join(','));
  expect(lines[1]?.split(',').slice(3, 5)).toEqual(['5000', '5000']);
  expect(lines[2]).toContain(`,"'=1+1, ""tea"" <&> 😀`);
  expect(lines).toHaveLength(4);
});

describe('a statement as camt.053', () => {
  const file = new URL('../../testdata/camt.053.001.08.xsd', import.meta.url);
  const schema = readFileSync(file, 'utf8');
  const check = async (xml: string) => {
    const { errors } = await validateXML({ xml, schema: [schema] });
    return errors.map(({ rawMessage }) => rawMessage);
  };

  test.each<[string, () => TestUser]>([
    ['a customer', () => payer],
    ['a merchant', () => merchant],
  ])('of %s is what the published message may be', async (_who, user) => {
    const { text, headers } = await statement(user(), 'application/xml');
    expect(headers.get('content-type')).toBe('application/xml; charset=utf-8');
    expect(await check(text)).toEqual([]);
    expect(await check(text.replace('<Ccy>USD</Ccy>', '<Ccy>usd</Ccy>'))).not.toEqual([]);
  });

  test('says amounts in major units with their side, ids and free text', async () => {
    const { text } = await statement(payer, 'application/xml');
    expect(text).toContain(`<Id><Othr><Id>${payer.walletId.replaceAll('-', '')}</Id></Othr></Id>`);
    expect(text).toMatch(/<Cd>OPBD<.*?<Amt Ccy="USD">0.00<\/Amt><CdtDbtInd>CRDT/);
    expect(text).toMatch(/<Cd>CLBD<.*?<Amt Ccy="USD">39.95<\/Amt><CdtDbtInd>CRDT/);
    expect(text).toContain('<NbOfNtries>2</NbOfNtries><Sum>60.05</Sum>');
    expect(text).toContain('<Amt Ccy="USD">10.05</Amt><CdtDbtInd>DBIT</CdtDbtInd>');
    expect(text).toContain(`<EndToEndId>${paymentId.replaceAll('-', '')}</EndToEndId>`);
    expect(text).toContain('<Ustrd>=1+1, "tea" &lt;&amp;&gt; 😀\ufffd long ');
    expect(text.match(/<Ustrd>/g)).toHaveLength(3);
  });

  test.each([
    ['JPY', '1234'],
    ['KWD', '1.234'],
  ])('in %s an amount of 1234 is %s', async (currency, shown) => {
    const user = await newUser(edge, 'customer', currency);
    const { accounts, platform } = await walletOf(user);
    const leg = (accountId: bigint, amountMinor: bigint) => ({ accountId, amountMinor, currency });
    await ledger.post([
      {
        ...{ type: 'transfer', id: randomUUID(), kind: 'top_up', paymentId: null, intentId: null },
        legs: [leg(platform.external, -1_234n), leg(accounts.customer ?? 0n, 1_234n)],
      },
    ]);
    const { text } = await statement(user, 'application/xml');
    expect(await check(text)).toEqual([]);
    expect(text).toContain(`<Amt Ccy="${currency}">${shown}</Amt>`);
  });
});

test('of statements as of all streams no caller has more than his share at a time', async () => {
  const narrow = await ground.open({ WALLET_CALLER_STREAMS: '1', WALLET_MAX_STREAMS: '2' });
  const call = (user: TestUser) =>
    narrow.call('GET', `/wallets/${user.walletId}/statement`, { token: user.token });
  for (let round = 0; round < 3; round += 1) expect((await call(payer)).status).toBe(200);
  expect((await call(merchant)).status).toBe(200);
  await narrow.metrics.expose();
  expect(await narrow.metrics.read('wallet_http_streams_open')).toBe(0);
});
