import type { WalletEntryView, WalletStatement } from '@wallet/core-ledger';
import { randomUUID } from 'node:crypto';
import { decimalOf } from '../http/major-units.ts';
import { compact, element, escapeXml } from '../http/xml.ts';

const namespace = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08';

/**
 * A statement as the message camt.053.001.08 of ISO 20022, BankToCustomerStatement. Amounts are in
 * major units with their sign apart. Ids are our uuids without hyphens, as the message allows 34 or
 * 35 characters: the wallet is the account, the transfer its servicer's reference, the payment the
 * end-to-end id, the kind of the transfer the proprietary transaction code.
 */
export async function* camt053(
  statement: WalletStatement,
  pages: AsyncIterable<readonly WalletEntryView[]>,
): AsyncGenerator<string> {
  const { currency } = statement;
  const id = compact(randomUUID());
  const now = new Date().toISOString();
  yield (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<Document xmlns="${namespace}"><BkToCstmrStmt>` +
    element('GrpHdr', element('MsgId', id) + element('CreDtTm', now)) +
    `<Stmt>${headOf(statement, { id, now })}`
  );
  for await (const page of pages) yield page.map((entry) => entryOf(entry, currency)).join('');
  yield '</Stmt></BkToCstmrStmt></Document>\n';
}

function headOf(statement: WalletStatement, made: { id: string; now: string }): string {
  const { walletId, currency, from, to, openingMinor, closingMinor } = statement;
  const { creditsMinor, debitsMinor, entryCount } = statement;
  const period = element('FrDtTm', from.toISOString()) + element('ToDtTm', to.toISOString());
  const account = element('Id', element('Othr', element('Id', compact(walletId))));
  const netMinor = creditsMinor - debitsMinor;
  const total =
    element('NbOfNtries', String(entryCount)) +
    element('Sum', decimalOf(creditsMinor + debitsMinor, currency)) +
    element(
      'TtlNetNtry',
      element('Amt', decimalOf(absolute(netMinor), currency)) + sideOf(netMinor),
    );
  return (
    element('Id', made.id) +
    element('CreDtTm', made.now) +
    element('FrToDt', period) +
    element('Acct', account + element('Ccy', currency)) +
    balanceOf('OPBD', openingMinor, { currency, at: from }) +
    balanceOf('CLBD', closingMinor, { currency, at: to }) +
    element('TxsSummry', element('TtlNtries', total))
  );
}

function balanceOf(code: string, minor: bigint, of: { currency: string; at: Date }): string {
  return element(
    'Bal',
    element('Tp', element('CdOrPrtry', element('Cd', code))) +
      amountOf(minor, of.currency) +
      element('Dt', element('DtTm', of.at.toISOString())),
  );
}

function entryOf(entry: WalletEntryView, currency: string): string {
  const { amountMinor, postedAt, paymentId, description } = entry;
  const code = element('Cd', entry.kind) + element('Issr', 'WALLET');
  const reference = paymentId === null ? '' : element('EndToEndId', compact(paymentId));
  const details =
    (reference === '' ? '' : element('Refs', reference)) +
    (description === null ? '' : element('RmtInf', remittanceOf(description)));
  return element(
    'Ntry',
    element('NtryRef', entry.entryId) +
      amountOf(amountMinor, currency) +
      element('Sts', element('Cd', 'BOOK')) +
      element('BookgDt', element('DtTm', postedAt.toISOString())) +
      element('AcctSvcrRef', compact(entry.transferId)) +
      element('BkTxCd', element('Prtry', code)) +
      (details === '' ? '' : element('NtryDtls', element('TxDtls', details))) +
      element('AddtlNtryInf', entry.accountKind),
  );
}

function amountOf(minor: bigint, currency: string): string {
  const amount = decimalOf(absolute(minor), currency);
  return `<Amt Ccy="${currency}">${amount}</Amt>${sideOf(minor)}`;
}

function sideOf(minor: bigint): string {
  return element('CdtDbtInd', minor < 0n ? 'DBIT' : 'CRDT');
}

function absolute(minor: bigint): bigint {
  return minor < 0n ? -minor : minor;
}

/** The message's lines of free text hold so many characters. */
const lineCharacters = 140;

function remittanceOf(text: string): string {
  const characters = [...text];
  const lines = [];
  for (let at = 0; at < characters.length; at += lineCharacters) {
    lines.push(characters.slice(at, at + lineCharacters).join(''));
  }
  return lines.map((line) => element('Ustrd', escapeXml(line))).join('');
}
