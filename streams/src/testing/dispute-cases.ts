import { createHash, randomUUID } from 'node:crypto';
import { findAction, findDispute, type DisputeView, type PaymentView } from '@wallet/core-ledger';
import type { DisputeIntent, InboundRecord } from '@wallet/schemas';
import type { PaymentCases } from './payment-cases.ts';
import type { Stage } from './posting-stage.ts';

/** Who asks, as the edge would write it. */
type Role = 'payer' | 'payee' | 'support' | 'operator' | 'second operator';

export type DisputeCases = {
  /** The record of a new dispute, not yet handled. */
  opening(payment: PaymentView, more?: Partial<DisputeIntent>): InboundRecord;
  /** Opens a dispute and shows it; of a refused one its row. */
  open(payment: PaymentView, more?: Partial<DisputeIntent>): Promise<DisputeView>;
  dispute(id: string): Promise<DisputeView>;
  /** The record of something done to a dispute, not yet handled. */
  ask(kind: Kind, dispute: DisputeView, by: Role, more?: Partial<DisputeIntent>): InboundRecord;
  /** Asks, handles and tells what became of it: `succeeded`, or the failure code. */
  act(kind: Kind, dispute: DisputeView, by: Role, more?: Partial<DisputeIntent>): Promise<string>;
  outcome(record: InboundRecord): Promise<string>;
};

type Kind = DisputeIntent['kind'];

const operators = { operator: randomUUID(), 'second operator': randomUUID() };

/** What a text as evidence says of itself. */
export function textEvidence(text: string): NonNullable<DisputeIntent['evidence']> {
  const bytes = Buffer.from(text);
  const sha256 = createHash('sha256').update(bytes).digest();
  const size_bytes = bytes.length;
  return { kind: 'text', name: 'letter', content_type: 'text/plain', size_bytes, sha256 };
}

export function createDisputeCases(stage: Stage, { commands }: PaymentCases): DisputeCases {
  const { knex } = stage.database;
  const ids = new Map<InboundRecord, string>();
  const dispute = async (id: string): Promise<DisputeView> => {
    const found = await findDispute(knex, id);
    if (found === null) throw new Error(`dispute ${id} was not decided`);
    return found;
  };
  const opening: DisputeCases['opening'] = (payment, more = {}) =>
    stage.disputeIntent({
      ...{ payment_id: payment.id, caller_id: payment.payerId, currency: payment.currency },
      ...{ reason: 'not_received', description: 'Nothing came.', stage: 'chargeback' },
      ...more,
    });
  const ask: DisputeCases['ask'] = (kind, of, by, more = {}) => {
    const id = more.intent_id ?? randomUUID();
    const callers = { payer: of.payerId, payee: of.payeeId, support: randomUUID(), ...operators };
    const role = { payer: 'customer', payee: 'merchant', support: 'support' }[String(by)];
    const record = stage.disputeIntent({
      ...{ intent_id: id, kind, dispute_id: of.id, payment_id: of.paymentId },
      ...{ caller_id: callers[by], actor_role: role ?? 'operator', currency: of.currency },
      ...more,
    });
    ids.set(record, id);
    return record;
  };
  const outcome = async (record: InboundRecord): Promise<string> => {
    const action = await findAction(knex, ids.get(record) ?? '');
    return action?.failureCode ?? action?.status ?? 'nothing';
  };
  return {
    ...{ opening, dispute, ask, outcome },
    async open(payment, more) {
      const record = opening(payment, more);
      await commands.posting.handle([record]);
      return dispute(record.key ?? '');
    },
    async act(kind, of, by, more) {
      const record = ask(kind, of, by, more);
      await commands.posting.handle([record]);
      return outcome(record);
    },
  };
}
