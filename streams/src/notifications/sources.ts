import { nobody, type PartiesFact } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type {
  Codec,
  Decoded,
  DisputeEvent,
  InboundRecord,
  PaymentEvent,
  RefundEvent,
  SettlementEvent,
  TicketEvent,
  Topic,
  WalletEvent,
} from '@wallet/schemas';
import {
  disputeObject,
  paymentObject,
  refundObject,
  settlementObject,
  ticketObject,
  walletObject,
} from './objects.ts';

/** A topic whose events inboxes are told of, and how one of them reads. */
type Source<Event> = { readonly topic: Topic<Event>; factOf(event: Event): PartiesFact };

const payments: Source<PaymentEvent> = {
  topic: topics.paymentEvents,
  factOf: (event) => ({
    ...event,
    about: { payment_id: event.payment_id },
    object: paymentObject(event),
    amount_minor: event.type === 'payment.captured' ? event.captured_minor : event.amount_minor,
  }),
};

const refunds: Source<RefundEvent> = {
  topic: topics.refundEvents,
  factOf: (event) => ({
    ...event,
    about: { refund_id: event.refund_id, payment_id: event.payment_id },
    object: refundObject(event),
  }),
};

const disputes: Source<DisputeEvent> = {
  topic: topics.disputeEvents,
  factOf: (event) => ({
    ...event,
    about: {
      ...{ dispute_id: event.dispute_id, payment_id: event.payment_id },
      ...{ stage: event.stage, reason: event.reason },
    },
    object: disputeObject(event),
  }),
};

/** An owner is both parties; of what operators do to the house's own things there is none. */
function partiesOf<Event extends { readonly owner_id: string | null }>(event: Event) {
  const owner = event.owner_id === null || event.owner_id === '' ? nobody : event.owner_id;
  return { ...event, payer_id: owner, payee_id: owner };
}

/** Of what is told of wallets, their owners hear how withdrawals end. */
const withdrawalTexts: Readonly<Record<string, { title: string; text: string }>> = {
  'withdrawal.paid': { title: 'Withdrawal paid', text: 'Your bank has the money.' },
  'withdrawal.returned': { title: 'Withdrawal returned', text: 'The money is back in the wallet.' },
  'withdrawal.failed': { title: 'Withdrawal failed', text: 'Nothing has left the wallet.' },
};

const wallets: Source<WalletEvent> = {
  topic: topics.walletEvents,
  factOf: (event) => ({
    ...partiesOf(event),
    status: event.type.slice(event.type.indexOf('.') + 1),
    about: { withdrawal_id: event.object_id, ...withdrawalTexts[event.type] },
    object: walletObject(event),
  }),
};

const settlementTexts: Readonly<Record<string, { title: string; text: string }>> = {
  'settlement.partially_settled': {
    title: 'Payout in part',
    text: 'Your bank has a part of it, or a part is in the wallet again: see the settlement.',
  },
  'settlement.failed': { title: 'Payout failed', text: 'The money is in the wallet again.' },
  'settlement.returned': { title: 'Payout returned', text: 'The money is in the wallet again.' },
};

/** A merchant hears of money that reached his bank or came back; lines of banks are the house's. */
const settlements: Source<SettlementEvent> = {
  topic: topics.settlementEvents,
  factOf: (event) => ({
    ...partiesOf(event),
    amount_minor: event.net_minor,
    about: { settlement_id: event.settlement_id ?? '', ...settlementTexts[event.type] },
    object: settlementObject(event),
  }),
};

/** Who asked customer service hears of answers; what the staff notes is the staff's. */
const tickets: Source<TicketEvent> = {
  topic: topics.ticketEvents,
  factOf: (event) => ({
    ...partiesOf({ ...event, owner_id: event.requester_id }),
    ...{ amount_minor: 0n, currency: '', failure_code: null },
    about: { ticket_id: event.ticket_id },
    object: ticketObject(event),
  }),
};

const sources: readonly Source<unknown>[] = [
  ...[payments, refunds, disputes, wallets, settlements, tickets],
];

export const notificationsTopics = sources.map(({ topic }) => topic.name);

/** What an event of any of the topics tells its parties. Needs its writer schema loaded. */
export function readFact(codec: Codec, { topic, value }: InboundRecord): Decoded<PartiesFact> {
  const source = sources.find((one) => one.topic.name === topic);
  if (source === undefined) throw new Error(`nobody is told of ${topic}`);
  const read = codec.decode(source.topic, value);
  return read.ok ? { ok: true, value: source.factOf(read.value) } : read;
}
