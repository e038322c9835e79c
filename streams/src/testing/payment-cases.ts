import { randomUUID } from 'node:crypto';
import {
  findAction,
  findPayment,
  findRefund,
  type PaymentView,
  type RefundView,
} from '@wallet/core-ledger';
import type {
  Decision,
  InboundRecord,
  PaymentIntent,
  RefundIntent,
  WalletIntent,
} from '@wallet/schemas';
import { commandsPlan } from '../commands/plan.ts';
import type { Member, Stage } from './posting-stage.ts';

/** A stage on which payments are made and commands done to them. */
export type PaymentCases = {
  readonly commands: Member;
  readonly settlement: Member;
  /** A payment in its first state. */
  pay(intent?: Partial<PaymentIntent>, decision?: Partial<Decision>): Promise<PaymentView>;
  payment(id: string): Promise<PaymentView>;
  /** The record of an action on a payment, not yet handled. */
  ask(
    kind: WalletIntent['kind'],
    payment: PaymentView,
    more?: Partial<WalletIntent>,
  ): InboundRecord;
  /** What became of what was asked, in its order: `succeeded`, or the failure code. */
  done(records: readonly InboundRecord[]): Promise<string[]>;
  /** Asks, handles and tells what became of it. */
  act(
    kind: WalletIntent['kind'],
    payment: PaymentView,
    more?: Partial<WalletIntent>,
  ): Promise<string>;
  /** The record of a refund of a payment by its payee, not yet handled. */
  askRefund(payment: PaymentView, more?: Partial<RefundIntent>): InboundRecord;
  /** What became of refunds, in their order. */
  refunded(records: readonly InboundRecord[]): Promise<RefundView[]>;
  refund(payment: PaymentView, more?: Partial<RefundIntent>): Promise<RefundView>;
};

export async function createPaymentCases(stage: Stage): Promise<PaymentCases> {
  const { knex } = stage.database;
  const settlement = await stage.join();
  const commands = await stage.join({ plan: commandsPlan });
  const intentIds = new Map<InboundRecord, string>();
  const payment = async (id: string): Promise<PaymentView> => {
    const found = await findPayment(knex, id);
    if (found === null) throw new Error(`payment ${id} was not settled`);
    return found;
  };
  const ask: PaymentCases['ask'] = (kind, to, more = {}) => {
    const id = more.intent_id ?? randomUUID();
    const record = stage.walletIntent({
      ...{ intent_id: id, kind, payment_id: to.id, amount_minor: 0n, currency: to.currency },
      ...{ wallet_id: to.payeeWalletId, owner_id: to.payeeId, actor_role: 'merchant' },
      ...more,
    });
    intentIds.set(record, id);
    return record;
  };
  const done = async (records: readonly InboundRecord[]): Promise<string[]> => {
    await commands.posting.handle(records);
    return Promise.all(
      records.map(async (record) => {
        const action = await findAction(knex, intentIds.get(record) ?? '');
        return action?.failureCode ?? action?.status ?? 'nothing';
      }),
    );
  };
  return {
    ...{ commands, settlement, payment, ask, done },
    async pay(intent = {}, decision = {}) {
      const id = randomUUID();
      await settlement.posting.handle([stage.payment({ intent_id: id, ...intent }, decision)]);
      return payment(id);
    },
    ...createRefundCases(stage, commands),
    act: async (kind, to, more) => (await done([ask(kind, to, more)]))[0] ?? 'nothing',
  };
}

function createRefundCases(stage: Stage, commands: Member) {
  const ids = new Map<InboundRecord, string>();
  const askRefund: PaymentCases['askRefund'] = (payment, more = {}) => {
    const id = more.intent_id ?? randomUUID();
    const record = stage.refundIntent({
      ...{ intent_id: id, refund_id: id, payment_id: payment.id, caller_id: payment.payeeId },
      ...{ payer_wallet_id: payment.payerWalletId, payee_wallet_id: payment.payeeWalletId },
      ...{ payer_id: payment.payerId, payee_id: payment.payeeId, currency: payment.currency },
      ...{ actor_role: 'merchant', ...more },
    });
    ids.set(record, id);
    return record;
  };
  const refunded: PaymentCases['refunded'] = async (records) => {
    await commands.posting.handle(records);
    return Promise.all(
      records.map(async (record) => {
        const found = await findRefund(stage.database.knex, ids.get(record) ?? '');
        if (found === null) throw new Error('a refund was not decided');
        return found;
      }),
    );
  };
  const refund: PaymentCases['refund'] = async (payment, more) => {
    const [found] = await refunded([askRefund(payment, more)]);
    if (found === undefined) throw new Error('a refund was not decided');
    return found;
  };
  return { askRefund, refunded, refund };
}
