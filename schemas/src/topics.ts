import type {
  Decision,
  DisputeEvent,
  DisputeIntent,
  FraudEvent,
  PaymentEvent,
  PaymentIntent,
  PaymentScored,
  RefundEvent,
  RefundIntent,
  SettlementEvent,
  SettlementIntent,
  TicketEvent,
  TicketIntent,
  WalletEvent,
  WalletIntent,
} from './records.generated.ts';
import type { FieldsByRecord } from './schema-files.ts';

/**
 * One topic of the pipeline. `name` is the logical name; the topic prefix of a process (tests run
 * isolated pipelines on shared servers) is put before it inside the wire and nowhere else.
 */
export type Topic<T> = {
  readonly name: string;
  /** Subject in the schema registry, without the topic prefix. */
  readonly subject: string;
  /** File in `schemas/avro`. */
  readonly schemaFile: string;
  /** What the record key is: records of one key keep their order. */
  readonly keyIs: string;
  readonly partitions: number;
  readonly retentionMs: number;
  /** What is passed over when its records are read; such a topic cannot be written. */
  readonly unread?: FieldsByRecord;
  /** Carries the record type for the compiler; never set. */
  readonly __value?: T;
};

const DAY_MS = 86_400_000;
// Enough concurrency for several members a group; more partitions only cost requests.
const PARTITIONS = 8;
// Long enough to rebuild the database from the topics after a restore of a month-old backup.
const RETENTION_MS = 30 * DAY_MS;
// A dead letter waits for a person; give the person a quarter.
const DEAD_LETTER_RETENTION_MS = 90 * DAY_MS;

function topic<T>(name: string, schemaFile: string, keyIs: string): Topic<T> {
  return {
    name,
    subject: `${name}-value`,
    schemaFile,
    keyIs,
    partitions: PARTITIONS,
    retentionMs: RETENTION_MS,
  };
}

/** Every topic with a schema of its own. */
export const topics = {
  paymentIntents: topic<PaymentIntent>('payment-intents', 'payment-intent.avsc', 'payer wallet id'),
  paymentScored: topic<PaymentScored>('payment-scored', 'payment-scored.avsc', 'payer wallet id'),
  walletIntents: topic<WalletIntent>(
    'wallet-intents',
    'wallet-intent.avsc',
    'id of the object concerned',
  ),
  refundIntents: topic<RefundIntent>('refund-intents', 'refund-intent.avsc', 'payment id'),
  paymentEvents: topic<PaymentEvent>('payment-events', 'payment-event.avsc', 'payment id'),
  refundEvents: topic<RefundEvent>('refund-events', 'refund-event.avsc', 'refund id'),
  fraudEvents: topic<FraudEvent>('fraud-events', 'fraud-event.avsc', 'case id'),
  disputeIntents: topic<DisputeIntent>('dispute-intents', 'dispute-intent.avsc', 'dispute id'),
  disputeEvents: topic<DisputeEvent>('dispute-events', 'dispute-event.avsc', 'dispute id'),
  settlementIntents: topic<SettlementIntent>(
    'settlement-intents',
    'settlement-intent.avsc',
    'id of the object concerned',
  ),
  settlementEvents: topic<SettlementEvent>(
    'settlement-events',
    'settlement-event.avsc',
    'settlement id',
  ),
  ticketIntents: topic<TicketIntent>('ticket-intents', 'ticket-intent.avsc', 'ticket id'),
  ticketEvents: topic<TicketEvent>('ticket-events', 'ticket-event.avsc', 'ticket id'),
  walletEvents: topic<WalletEvent>('wallet-events', 'wallet-event.avsc', 'id of the object'),
} as const;

/** A payment with what settling it needs of its decision. */
export type JudgedPayment = Omit<PaymentScored, 'decision'> & {
  readonly decision: Omit<Decision, 'findings' | 'features'>;
};

/** `payment-scored` without what explains a decision: some sixty values, most of its bytes. */
export const judgedPayments: Topic<JudgedPayment> = {
  ...topics.paymentScored,
  unread: { Decision: ['findings', 'features'] },
};

export const allTopics: readonly Topic<unknown>[] = Object.values(topics);

/** Name of the topic to which records of `sourceTopic` go when they cannot be processed. */
export function deadLetterTopicOf(sourceTopic: string): string {
  return `${sourceTopic}.dead-letter`;
}

export const deadLetterSettings = {
  /** As many as the source has: a dead letter keeps the partition of its key. */
  partitions: PARTITIONS,
  retentionMs: DEAD_LETTER_RETENTION_MS,
} as const;
