import type { SettlementView } from '@wallet/core-ledger';
import { decimalOf } from '../http/major-units.ts';
import { compact, element, escapeXml } from '../http/xml.ts';

const namespace = 'urn:iso:std:iso:20022:tech:xsd:pain.001.001.09';

/**
 * A batch as the message pain.001.001.09 of ISO 20022, CustomerCreditTransferInitiation: one
 * transfer of its net, whose end-to-end id is the batch's id without hyphens, as the bank's
 * statement names it again. Made twice it is the same to the letter: a bank takes a message id
 * once.
 */
export function pain001(settlement: SettlementView, debtor: string, destination: string): string {
  const { id, currency, netMinor, walletId, createdAt } = settlement;
  const reference = compact(id);
  const amount = decimalOf(netMinor, currency);
  const sums = element('NbOfTxs', '1') + element('CtrlSum', amount);
  const made = createdAt.toISOString();
  const head =
    element('MsgId', reference) +
    element('CreDtTm', made) +
    sums +
    element('InitgPty', element('Nm', debtor));
  const transfer =
    element('PmtId', element('EndToEndId', reference)) +
    element('Amt', `<InstdAmt Ccy="${currency}">${amount}</InstdAmt>`) +
    element('Cdtr', element('Nm', walletId)) +
    element('CdtrAcct', destinationOf(destination)) +
    element('RmtInf', element('Ustrd', `settlement ${id}`));
  const payment =
    element('PmtInfId', reference) +
    element('PmtMtd', 'TRF') +
    sums +
    element('ReqdExctnDt', element('Dt', made.slice(0, 10))) +
    element('Dbtr', element('Nm', debtor)) +
    element('DbtrAcct', accountOf(`safeguarding-${currency}`) + element('Ccy', currency)) +
    element('DbtrAgt', element('FinInstnId', element('Othr', element('Id', 'NOTPROVIDED')))) +
    element('CdtTrfTxInf', transfer);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<Document xmlns="${namespace}"><CstmrCdtTrfInitn>` +
    `${element('GrpHdr', head)}${element('PmtInf', payment)}</CstmrCdtTrfInitn></Document>\n`
  );
}

/** An account's own number is no longer than this; what is longer stands for one. */
const accountCharacters = 34;

function destinationOf(destination: string): string {
  if ([...destination].length <= accountCharacters) return accountOf(destination);
  return accountOf('NOTPROVIDED') + element('Prxy', element('Id', escapeXml(destination)));
}

function accountOf(id: string): string {
  return element('Id', element('Othr', element('Id', escapeXml(id))));
}
