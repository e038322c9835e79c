import type { BankLine, BankLineDecision, Settlement } from '@wallet/core-ledger';
import type { Desk } from '../posting/kind.ts';
import { systemTicketRecordOf } from '../tickets/system-ticket.ts';
import type { TicketCause } from '../tickets/system-ticket.ts';

/** When and on whose behalf something was found that a person must look at. */
type Found = { readonly atMs: number; readonly headers: Record<string, string> };

const meanings: Readonly<Record<Exclude<BankLineDecision['outcome'], 'matched'>, string>> = {
  under: 'It is less than its settlement waits for; the rest stays as it was.',
  over: 'It is more than its settlement waits for.',
  wrong_currency: 'The settlement that it names is in another currency.',
  unknown: 'It names no settlement of ours.',
};

/** Asks for the ticket of a line that does not fit, in the transaction that keeps the line. */
export function openTicketOnLine(
  desk: Desk,
  line: BankLine,
  { outcome, settlement, unplacedMinor, unplacedTransferId }: BankLineDecision,
  found: Found,
): void {
  if (outcome === 'matched') return;
  const { id, bankReference, reference, isCredit, amountMinor, currency } = line;
  const side = isCredit ? 'credit' : 'debit';
  open(desk, found.headers, {
    links: [
      { kind: 'bank_line', id },
      ...(settlement === null ? [] : [{ kind: 'settlement', id: settlement.id } as const]),
      ...(unplacedTransferId === null
        ? []
        : [{ kind: 'suspense', id: unplacedTransferId } as const]),
    ],
    subject: `Bank line (${outcome}): ${side} of ${amountMinor} minor units ${currency}`,
    body:
      `Line ${bankReference}, reference ${reference ?? 'none'}. ${meanings[outcome]} ` +
      `${unplacedMinor} minor units of it are in suspense. See the runbook InTransitOld.`,
    atMs: found.atMs,
  });
}

/** Asks for the ticket of a settlement when some of it comes back for the first time. */
export function openTicketOnReturn(
  desk: Desk,
  before: Settlement | undefined,
  after: Settlement,
  found: Found,
): void {
  if (before === undefined || before.returnedMinor > 0n || after.returnedMinor === 0n) return;
  const { id, status, returnedMinor, netMinor, currency } = after;
  open(desk, found.headers, {
    links: [{ kind: 'settlement', id }],
    subject: `Settlement ${status}: ${returnedMinor} minor units ${currency} came back`,
    body:
      `Of ${netMinor} minor units that were sent. They are carried over to the merchant's next ` +
      `batch, which fails likewise unless its destination is put right.`,
    atMs: found.atMs,
  });
}

function open({ codec, outbox }: Desk, headers: Record<string, string>, cause: TicketCause): void {
  const { topic, key, value: payload } = systemTicketRecordOf(codec, cause);
  outbox.add(topic, { eventId: key, partition: null, key, payload, headers });
}
