import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openSink, type Sink } from '@wallet/streams/testing';
import { memberOf, type Person, type Resident } from '../support/api.ts';
import { startSystem, type System } from '../support/system.ts';

const startMs = 90_000;
const waiting = { wait: 10 };
const withinMs = 20_000;
const password = 'sandbox-Password-1';
const pipeline = 'fraud,settlement,commands,outbox,outcomes,notifications,timers,tickets';

let system: System;
let sink: Sink;
let folder: string;
let ann: Resident;
let shop: Resident;
let operator: Person;
let second: Person;

beforeAll(async () => {
  system = await startSystem({
    ...{ processors: [pipeline, 'webhooks'], seed: true, rules: 'lenient' },
  });
  sink = await openSink('well');
  folder = await mkdtemp(join(tmpdir(), 'wallet-settlements-'));
  [ann, shop, operator, second] = await Promise.all([
    system.api.customerWith(1_000_000),
    system.api.register('merchant'),
    system.api.seeded('operator1'),
    system.api.seeded('operator2'),
  ]);
  const settings = { mode: 'net_deferred', clearing_seconds: 0, destination: 'bank-7' };
  await operator.put(`/merchants/${shop.walletId}/settlement-settings`, settings);
}, startMs);
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await sink?.close();
  await system?.stop();
}, startMs);

/** `npm run wallet -- …` beside the system. */
async function shell(...args: string[]): Promise<{ code: number; said: string }> {
  const cli = fileURLToPath(new URL('../../ops/stack/src/cli.ts', import.meta.url));
  const env = { ...process.env, EDGE_URL: system.edgeUrl, WALLET_PASSWORD: password };
  const child = execFile(process.execPath, [cli, ...args], { env });
  let said = '';
  child.stdout?.on('data', (part: string) => (said += part));
  const [code] = (await once(child, 'close')) as [number];
  return { code, said: said.trim() };
}

type Row = Record<string, unknown>;
const shown = async (person: Person, id: string): Promise<Row> =>
  (await person.get(`/settlements/${id}`)).json ?? {};
const safeguarded = async () =>
  (await operator.rows('/safeguarding')).map(({ difference_minor: by }) => by);

async function sell(amountMinor: number): Promise<string> {
  const order = { from: ann.walletId, to: shop.walletId, amountMinor };
  return String(memberOf(await ann.pay(order, waiting), 200, 'id'));
}

/** What a bank says of the account that safeguards the money. */
function statementOf(reference: string, amount: string): string {
  return `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
    <BkToCstmrStmt><Stmt><Ntry><Amt Ccy="USD">${amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>
    <Sts><Cd>BOOK</Cd></Sts><AcctSvcrRef>${randomUUID()}</AcctSvcrRef><NtryDtls><TxDtls><Refs>
    <EndToEndId>${reference}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt>
    </BkToCstmrStmt></Document>`;
}

const tell = (format: string, content: string) =>
  operator.post('/bank-statements', { format, content }, waiting);

test('a merchant sells, the window closes, two operators, the bank: settled', async () => {
  const asked = { url: sink.url, events: ['settlement.settled'] };
  expect((await shop.post('/webhook-endpoints', asked)).status).toBe(201);
  const first = await sell(10_000);
  await sell(5_000);
  const refund = { payment_id: first, amount_minor: 1_000, reason: 'a scratch' };
  expect((await shop.post('/refunds', refund, waiting)).json).toMatchObject({
    status: 'succeeded',
  });

  const place = await shop.post('/settlements', { payment_id: first }, waiting);
  expect(place.json).toMatchObject({ status: 'scheduled', net_minor: 0, batch_id: null });
  const scheduled = String(memberOf(place, 200, 'id'));
  const window = String(memberOf(place, 200, 'window_id'));
  const again = await shop.post('/settlements', { payment_id: first }, waiting);
  expect([again.status, again.json?.['id']]).toEqual([200, scheduled]);

  const closed = await operator.post(`/settlement-windows/${window}/close`, {}, waiting);
  expect(closed.json).toMatchObject({ status: 'succeeded', settlement_window_id: window });
  const batches = () =>
    operator.rows(`/settlements?window_id=${window}&merchant_wallet_id=${shop.walletId}`);
  const isBatch = ({ payment_id: payment }: Row): boolean => payment === null;
  await system.waitFor(async () => (await batches()).some(isBatch), 'the batch', withinMs);
  const batch = String((await batches()).find(isBatch)?.['id']);
  // Fees of 10 and a hundredth: 110 and 60.
  const report = {
    ...{ gross_minor: 15_000, refunds_minor: 1_000, disputes_minor: 0, fees_minor: 170 },
    ...{ carried_minor: 0, net_minor: 13_830 },
  };
  expect(await shown(shop, batch)).toMatchObject({ ...report, status: 'pending_approval' });
  // Customers have no settlements.
  expect((await ann.get(`/settlements/${batch}`)).status).toBe(403);

  const early = await operator.get(`/settlements/${batch}/payment-file`);
  expect([early.status, early.json?.['code']]).toEqual([409, 'invalid_state']);
  // Who closed the window approves none of its batches.
  const own = await operator.post(`/settlements/${batch}/approve`, {}, waiting);
  expect([own.status, own.json?.['code'] ?? own.json?.['failure_code']]).toEqual([
    ...[409, 'same_person'],
  ]);
  const approved = await second.post(`/settlements/${batch}/approve`, {}, waiting);
  expect(approved.json).toMatchObject({ status: 'succeeded', settlement_id: batch });

  const file = (await operator.get(`/settlements/${batch}/payment-file`)).text;
  const [, reference = ''] = /<EndToEndId>(.*?)<\/EndToEndId>/.exec(file) ?? [];
  expect(file).toContain('<InstdAmt Ccy="USD">138.30</InstdAmt>');
  const statement = statementOf(reference, '138.30');
  expect((await tell('camt.053', statement)).json).toMatchObject({ status: 'succeeded' });
  expect(await shown(shop, batch)).toMatchObject({ status: 'settled', confirmed_minor: 13_830 });
  expect(await shown(shop, scheduled)).toMatchObject({ status: 'settled', batch_id: batch });

  const { json } = await shop.get(`/settlements/${batch}/report`);
  expect(json).toMatchObject({
    ...{ ...report, settled_minor: 13_830, returned_minor: 0, in_transit_minor: 0, item_count: 3 },
  });
  const headers = { authorization: shop.bearer, accept: 'text/csv' };
  const path = `/settlements/${batch}/report`;
  const [names = '', values = ''] = (
    await system.api.http.send({ method: 'GET', path, headers })
  ).text.split('\r\n');
  const cells = values.split(',');
  expect(Object.fromEntries(names.split(',').map((name, at) => [name, cells[at]]))).toEqual(
    Object.fromEntries(Object.entries(json ?? {}).map(([name, value]) => [name, String(value)])),
  );
  const idsOf = async (query: string) =>
    (await shop.rows(`/settlements?${query}`)).map(({ id }) => id);
  // What has its place in the batch is what the batch is.
  expect(await idsOf('status=settled&currency=USD')).toEqual([batch, scheduled]);
  expect(await idsOf('status=scheduled')).toEqual([]);
  expect(await idsOf('currency=EUR')).toEqual([]);
  const one = await shop.get('/settlements?status=settled&limit=1');
  const cursor = String(one.json?.['next_cursor']);
  expect(await idsOf(`status=settled&limit=1&cursor=${cursor}`)).toEqual([scheduled]);
  const other = await shop.get(`/settlements?status=failed&limit=1&cursor=${cursor}`);
  expect([other.status, other.json?.['code']]).toEqual([422, 'invalid_cursor']);
  const items = await shop.rows(`/settlements/${batch}/items`);
  expect(items.map(({ kind }) => kind)).toEqual(['payment', 'payment', 'refund']);

  await system.waitFor(
    async () => (await shop.get('/notifications')).text.includes('settlement.settled'),
    'the merchant to hear of it',
    withinMs,
  );
  await system.waitFor(async () => sink.arrivals.length > 0, 'the webhook', withinMs);
  expect(JSON.parse(sink.arrivals[0]?.body ?? '')).toMatchObject({
    type: 'settlement.settled',
    data: { object: { id: batch, object: 'settlement', net_minor: 13_830 } },
  });

  // The file once more, as another statement: nothing moves.
  expect((await tell('camt.053', statement)).json).toMatchObject({ status: 'succeeded' });
  expect(await shown(shop, batch)).toMatchObject({ status: 'settled', confirmed_minor: 13_830 });
  expect(await safeguarded()).toEqual((await safeguarded()).map(() => 0));
}, 60_000);

test('a file from the shell: what each line meant, and the same once more', async () => {
  await sell(2_000);
  const asked = { merchant_wallet_id: shop.walletId, reason: 'asked by phone' };
  const batch = String(memberOf(await operator.post('/settlements', asked, waiting), 200, 'id'));
  await second.post(`/settlements/${batch}/approve`, {}, waiting);
  const [known, odd] = [randomUUID(), randomUUID()];
  const content = [
    ...['bank_reference,direction,amount_minor,currency,reference'],
    ...[`${known},debit,1970,USD,${batch.replaceAll('-', '')}`, `${odd},credit,5,USD,`],
  ].join('\r\n');
  const file = join(folder, 'statement.csv');
  await writeFile(file, content);
  const { code, said } = await shell('bank-statement', file, '--as', 'operator1@wallet.test');
  expect(code).toBe(1);
  const lines = said.split('\n');
  expect(lines).toContain(`matched        debit 1970 USD  ${known}  ${batch}`);
  expect(lines).toContain(`unknown        credit 5 USD  ${odd}  no reference, 5 in suspense`);
  expect(said).toContain('2 lines are new, 1 of them for a person to look at');
  expect(await shown(shop, batch)).toMatchObject({ status: 'settled', confirmed_minor: 1_970 });
  expect(await shell('bank-statement', file, '--as', 'operator1@wallet.test')).toEqual({
    ...{ code, said },
  });
  // Another operator's import of it finds every line known.
  const other = await shell('bank-statement', file, '--as', 'operator2@wallet.test');
  expect(other).toMatchObject({ code: 0 });
  expect(other.said).toContain('0 lines are new');
  expect((await shell('bank-statement', file)).code).toBe(2);
}, 60_000);

test('a line that nobody knows waits in suspense, with one ticket', async () => {
  const reference = `bank-${randomUUID()}`;
  const head = 'bank_reference,direction,amount_minor,currency,reference';
  const content = `${head}\r\n${reference},debit,777,USD,\r\n`;
  const answers = [await tell('csv', content), await tell('csv', content)];
  expect(answers.map(({ json }) => json?.['status'])).toEqual(['succeeded', 'succeeded']);
  const about = async () =>
    (await second.rows('/tickets?limit=100')).filter(({ subject }) =>
      String(subject).includes('debit of 777 minor units'),
    );
  await system.waitFor(async () => (await about()).length > 0, 'the ticket', withinMs);
  const [ticket] = await about();
  expect(ticket).toMatchObject({ team: 'settlements', opened_by: 'system', status: 'new' });
  expect((ticket?.['links'] as Row[]).map(({ kind }) => kind)).toEqual(['bank_line', 'suspense']);
  expect(await safeguarded()).toEqual((await safeguarded()).map(() => 0));
}, 60_000);
