import { deriveId } from '@wallet/core-ledger';
import type { BankLine, BankLineDecision, ObjectChange, Settlement } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { Desk } from '../posting/kind.ts';

/** What made a settlement change, for its history and the headers of its event. */
export type SettlementCause = {
  readonly actor: Pick<ObjectChange, 'actor' | 'role' | 'reason' | 'requestId'>;
  readonly headers: Record<string, string>;
};

/** Its history and its event. Key: the settlement's id. */
export function tellSettlement(
  { codec, clock, outbox, changes }: Desk,
  settlement: Settlement,
  from: string | null,
  { actor, headers }: SettlementCause,
): void {
  const { id, version, status, acceptedAtMs } = settlement;
  changes.add({ object: 'settlement', objectId: id, version, from, to: status, ...actor });
  const type = `settlement.${status}`;
  const eventId = deriveId(acceptedAtMs, id, type, version);
  const payload = codec.encode(topics.settlementEvents, {
    ...{ event_id: eventId, type, settlement_id: id, settlement_version: version, status },
    ...{ bank_line_id: null, wallet_id: settlement.walletId, owner_id: settlement.ownerId },
    ...{ payment_id: settlement.paymentId, window_id: settlement.windowId },
    ...{ net_minor: settlement.netMinor, confirmed_minor: settlement.confirmedMinor },
    ...{ returned_minor: settlement.returnedMinor, currency: settlement.currency },
    ...{ failure_code: settlement.failureCode, occurred_at: clock.nowMs() },
  });
  const event = { eventId, partition: null, key: id, payload, headers };
  outbox.add(topics.settlementEvents.name, event);
}

/** A line that a person must look at: whoever opens tickets reads this. Key: the line's id. */
export function tellBankLine(
  { codec, clock, outbox }: Desk,
  line: BankLine,
  { outcome, settlement }: BankLineDecision,
  headers: Record<string, string>,
): void {
  if (outcome === 'matched') return;
  const type = `bank_line.${outcome}`;
  const payload = codec.encode(topics.settlementEvents, {
    ...{ event_id: line.id, type, settlement_id: settlement?.id ?? null, settlement_version: 0 },
    ...{ bank_line_id: line.id, status: outcome, wallet_id: settlement?.walletId ?? null },
    ...{ owner_id: settlement?.ownerId ?? null, payment_id: settlement?.paymentId ?? null },
    ...{ window_id: settlement?.windowId ?? null, net_minor: line.amountMinor },
    ...{ confirmed_minor: 0n, returned_minor: 0n, currency: line.currency, failure_code: null },
    occurred_at: clock.nowMs(),
  });
  const event = { eventId: line.id, partition: null, key: line.id, payload, headers };
  outbox.add(topics.settlementEvents.name, event);
}
