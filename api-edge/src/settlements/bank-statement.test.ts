import { expect, test } from '@jest/globals';
import { readBankStatement, settlementIdOf } from './bank-statement.ts';

const id = '01890a5d-ac96-874b-bcce-b302099a8057';
const reference = id.replaceAll('-', '');

const entry = (change: { status?: string; amount?: string; details?: string } = {}) => {
  const { status = '<Sts><Cd>BOOK</Cd></Sts>', amount = '12.30', details } = change;
  const one = `<TxDtls><Refs><EndToEndId>${reference}</EndToEndId></Refs></TxDtls>`;
  return `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>DBIT</CdtDbtInd>${status}
    <AcctSvcrRef>bank-7</AcctSvcrRef><NtryDtls>${details ?? one}</NtryDtls></Ntry>`;
};
const camt = (entries: string) =>
  `<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">
  <BkToCstmrStmt><Stmt>${entries}</Stmt></BkToCstmrStmt></Document>`;
const line = {
  ...{ bankReference: 'bank-7', reference, isCredit: false, amountMinor: 1_230n, currency: 'EUR' },
};

test('camt.053: booked entries in minor units, of both ways to say so', () => {
  const pending = entry({ status: '<Sts>PDNG</Sts>' });
  const old = entry({ status: '<Sts>BOOK</Sts>' });
  expect(readBankStatement('camt.053', camt(entry() + pending + old))).toEqual([line, line]);
  expect(settlementIdOf(reference)).toBe(id);
});

test('what is for several payments together names none', () => {
  const both = '<TxDtls><Refs/></TxDtls><TxDtls><Refs/></TxDtls>';
  expect(readBankStatement('camt.053', camt(entry({ details: both })))).toEqual([
    { ...line, reference: null },
  ]);
});

test.each([
  ['a fraction of a cent', camt(entry({ amount: '12.301' }))],
  ['an exponent', camt(entry({ amount: '1e3' }))],
  ['nothing', camt('')],
  ['no XML', 'bank_reference'],
  ['another message', '<Document><CstmrCdtTrfInitn/></Document>'],
])('%s is no statement', (_what, content) => {
  expect(readBankStatement('camt.053', content)).toBeNull();
});

test('CSV: minor units, a line each', () => {
  const header = 'bank_reference,direction,amount_minor,currency,reference';
  const read = (row: string) => readBankStatement('csv', `${header}\r\n${row}\r\n`);
  expect(read(`bank-7,debit,1230,EUR,${reference}`)).toEqual([line]);
  expect(read('bank-7,credit,1230,EUR,')).toEqual([{ ...line, isCredit: true, reference: null }]);
  for (const bad of ['b,debit,12.3,EUR,', 'b,out,1,EUR,', ',debit,1,EUR,', 'b,debit,0,EUR,']) {
    expect(read(bad)).toBeNull();
  }
  expect(readBankStatement('csv', 'a,b\r\n1,2')).toBeNull();
});
