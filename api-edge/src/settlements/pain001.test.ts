import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { SettlementView } from '@wallet/core-ledger';
import { XMLParser } from 'fast-xml-parser';
import { validateXML } from 'xmllint-wasm';
import { pain001 } from './pain001.ts';

const id = '01890a5d-ac96-874b-bcce-b302099a8057';
const reference = id.replaceAll('-', '');
const file = new URL('../../testdata/pain.001.001.09.xsd', import.meta.url);
const schema = readFileSync(file, 'utf8');
const parser = new XMLParser({ parseTagValue: false });

type Initiation = {
  GrpHdr: { NbOfTxs: string; CtrlSum: string };
  PmtInf: { CtrlSum: string; CdtTrfTxInf: object };
};

/** The batch's message to that destination. */
function made(change: Partial<SettlementView> = {}, destination = 'bank-1'): string {
  const createdAt = new Date('2026-07-28T10:00:00Z');
  const one = { id, currency: 'JPY', netMinor: 1_230n, walletId: id, createdAt, ...change };
  return pain001(one as SettlementView, 'Wallet', destination);
}

async function errorsIn(xml: string): Promise<string[]> {
  const { errors } = await validateXML({ xml, schema: [schema] });
  return errors.map(({ rawMessage }) => rawMessage);
}

describe('what the published message may be', () => {
  test.each<[string, Partial<SettlementView>, string]>([
    ['one minor unit', { netMinor: 1n, currency: 'USD' }, 'bank-1'],
    ['the largest amount', { netMinor: 1_000_000_000_000_000n, currency: 'EUR' }, 'bank-1'],
    ['no minor units', {}, 'bank-1'],
    ['three decimals', { netMinor: 1n, currency: 'KWD' }, 'bank-1'],
    ['marks of XML, and what XML cannot write', {}, 'A&B <"\'>\u0001'],
    ['a destination longer than an account', {}, '😀'.repeat(64)],
  ])('%s', async (_what, change, destination) => {
    expect(await errorsIn(made(change, destination))).toEqual([]);
  });

  test('the schema refuses what is not', async () => {
    expect(await errorsIn(made().replace('Ccy="JPY"', 'Ccy="jpy"'))).not.toEqual([]);
    expect(await errorsIn(made({}, ''))).not.toEqual([]);
  });
});

test('names the batch as the statement will, and its sums are those of its transfer', () => {
  const message = made({ netMinor: 12_345n, currency: 'USD' }, 'A&B');
  const parsed = parser.parse(message) as { Document: { CstmrCdtTrfInitn: Initiation } };
  const { GrpHdr: head, PmtInf: payment } = parsed.Document.CstmrCdtTrfInitn;
  expect([head.NbOfTxs, head.CtrlSum, payment.CtrlSum]).toEqual(['1', '123.45', '123.45']);
  expect(payment.CdtTrfTxInf).toMatchObject({
    ...{ PmtId: { EndToEndId: reference }, Amt: { InstdAmt: '123.45' } },
    CdtrAcct: { Id: { Othr: { Id: 'A&B' } } },
  });
  expect(made({ netMinor: 12_345n, currency: 'USD' }, 'A&B')).toBe(message);
});

test('no destination is cut short', () => {
  const long = 'x'.repeat(35);
  expect(made({}, long)).toContain(
    `<Id><Othr><Id>NOTPROVIDED</Id></Othr></Id><Prxy><Id>${long}</Id></Prxy>`,
  );
});
