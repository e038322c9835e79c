import type {
  DisputeEvent,
  PaymentEvent,
  RefundEvent,
  SettlementEvent,
  TicketEvent,
  WalletEvent,
} from '@wallet/schemas';

/** A noun as the API shows it, as far as its event knows. */
type ShownObject = Readonly<Record<string, unknown>>;

const timeOf = (ms: number): string => new Date(ms).toISOString();

export function paymentObject(event: PaymentEvent): ShownObject {
  const { payer_wallet_id, payee_wallet_id, currency, failure_code } = event;
  return {
    ...{ id: event.payment_id, object: 'payment', status: event.status },
    amount_minor: Number(event.amount_minor),
    fee_minor: Number(event.fee_minor),
    captured_minor: Number(event.captured_minor),
    ...{ currency, payer_wallet_id, payee_wallet_id, failure_code },
    ...{ created_at: timeOf(event.accepted_at), updated_at: timeOf(event.occurred_at) },
  };
}

export function refundObject(event: RefundEvent): ShownObject {
  const { payment_id, payer_wallet_id, payee_wallet_id, currency, failure_code } = event;
  return {
    ...{ id: event.refund_id, object: 'refund', status: event.status, payment_id },
    amount_minor: Number(event.amount_minor),
    fee_returned_minor: Number(event.fee_returned_minor),
    ...{ currency, payer_wallet_id, payee_wallet_id, failure_code },
    ...{ created_at: timeOf(event.accepted_at), updated_at: timeOf(event.occurred_at) },
  };
}

export function disputeObject(event: DisputeEvent): ShownObject {
  const { payment_id, payer_wallet_id, payee_wallet_id, currency, failure_code } = event;
  return {
    ...{ id: event.dispute_id, object: 'dispute', status: event.status, stage: event.stage },
    ...{ payment_id, payer_wallet_id, payee_wallet_id, reason: event.reason },
    amount_minor: Number(event.amount_minor),
    awarded_minor: Number(event.awarded_minor),
    due_by: event.due_at === null ? null : timeOf(event.due_at),
    ...{ currency, failure_code },
    ...{ created_at: timeOf(event.opened_at), updated_at: timeOf(event.occurred_at) },
  };
}

/** Null for a line of a bank, of which merchants hear nothing. */
export function settlementObject(event: SettlementEvent): ShownObject | null {
  if (event.bank_line_id !== null) return null;
  const { payment_id, window_id, currency, failure_code } = event;
  return {
    ...{ id: event.settlement_id, object: 'settlement', status: event.status },
    ...{ merchant_wallet_id: event.wallet_id, payment_id, window_id },
    net_minor: Number(event.net_minor),
    confirmed_minor: Number(event.confirmed_minor),
    returned_minor: Number(event.returned_minor),
    ...{ currency, failure_code, updated_at: timeOf(event.occurred_at) },
  };
}

/** Top-ups and withdrawals. What is done to other nouns, their own events tell. */
export function walletObject(event: WalletEvent): ShownObject | null {
  const [kind, status] = event.type.split('.');
  if (kind !== 'top_up' && kind !== 'withdrawal') return null;
  const { wallet_id, currency, failure_code } = event;
  return {
    ...{ id: event.object_id, object: kind, status, wallet_id },
    ...{ amount_minor: Number(event.amount_minor), currency, failure_code },
    updated_at: timeOf(event.occurred_at),
  };
}

/** What a customer sees of a ticket's life. */
const toldOfTickets: ReadonlySet<string> = new Set([
  ...['ticket.opened', 'ticket.replied', 'ticket.answered', 'ticket.waiting', 'ticket.resolved'],
  ...['ticket.reopened', 'ticket.closed', 'ticket.merged', 'ticket.followed_up'],
]);

/** Null: the staff's own business. */
export function ticketObject(event: TicketEvent): ShownObject | null {
  if (!toldOfTickets.has(event.type)) return null;
  const { requester_id, other_ticket_id } = event;
  return {
    ...{ id: event.ticket_id, object: 'ticket', status: event.status, requester_id },
    merged_into_id: event.type === 'ticket.merged' ? other_ticket_id : null,
    ...{ created_at: timeOf(event.opened_at), updated_at: timeOf(event.occurred_at) },
  };
}
