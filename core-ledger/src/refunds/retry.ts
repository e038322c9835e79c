import type { Connection } from '../database/connection.ts';
import type { Queryable } from '../database/database.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { createOutboxWriter } from '../outbox/writer.ts';
import type { OutboxBatch, OutboxRecord } from '../outbox/writer.ts';
import type { RefundOutcome } from './decide.ts';
import { refundWaitDays } from './refund.ts';
import { createRetryRound } from './retry-round.ts';
import type { Claimed } from './retry-round.ts';

/** `claimed` refunds were looked at; those that ended are the `outcomes`. */
export type RefundRun = {
  readonly claimed: number;
  readonly outcomes: readonly RefundOutcome[];
  /** The events, committed with them. */
  readonly batches: readonly OutboxBatch[];
};

/** Tries refunds whose payee has the money by now, the oldest first; gives up on the too old. */
export type RefundRetry = (limit: number) => Promise<RefundRun>;

/**
 * One transaction a call; any number of them may run at once. What waits is found by payee: one
 * look at the least refund and at the balance of each payee says whether a credit has come.
 * Accounts that somebody has locked are left for the next call. `tell` makes the event of an
 * outcome. Not for calls at the same time: they share the connection.
 * Faults: those of the connection; then nothing changed, or after `commit_unknown` perhaps all.
 */
export function createRefundRetry(deps: {
  connection: Connection;
  db: Queryable;
  tell: (outcome: RefundOutcome) => { topic: string; record: OutboxRecord };
}): RefundRetry {
  const { connection, db, tell } = deps;
  const round = createRetryRound({ db });
  const outbox = createOutboxWriter();
  return async (limit) => {
    const [answer] = await connection.flight([claimOf(limit)]);
    const claimed = claimedOf(answer);
    const nothing = { claimed: claimed.length, outcomes: [], batches: [] };
    if (claimed.length === 0) return nothing;
    await round.begin(claimed);
    const transaction = await connection.begin(round.reads());
    try {
      const outcomes = round.decide(transaction.answers);
      if (outcomes.length === 0) {
        await transaction.rollback();
        return nothing;
      }
      outbox.reset();
      for (const { topic, record } of outcomes.map(tell)) outbox.add(topic, record);
      const writes = round.writes();
      const answers = await transaction.commit([...writes, ...outbox.statements()]);
      const batches = outbox.batchesOf(answers.slice(writes.length));
      return { claimed: claimed.length, outcomes, batches };
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
  };
}

/** Steps from payee to payee over the index of those that wait: it never reads them all. */
function claimOf(limit: number): Statement {
  const first = `select payee_wallet_id from refund where status = 'pending'`;
  return {
    name: 'claim_waiting_refunds',
    text: `with recursive payee (id) as (
        (${first} order by payee_wallet_id limit 1)
        union all
        select (${first} and payee_wallet_id > payee.id order by payee_wallet_id limit 1)
        from payee where payee.id is not null),
      due as (
        select r.id, r.payment_id, r.payer_wallet_id, r.payee_wallet_id, r.accepted_at from payee
        cross join lateral (
          select sum(greatest(a.balance_minor - a.held_minor, 0)) as free_minor from account a
          where a.wallet_id = payee.id and a.status = 'active'
            and a.kind in ('customer', 'merchant_available', 'merchant_pending')) funds
        cross join lateral (
          select * from refund w where w.status = 'pending' and w.payee_wallet_id = payee.id
            and w.amount_minor <= funds.free_minor
          order by w.amount_minor limit $1::int) r
        where payee.id is not null
        union
        select id, payment_id, payer_wallet_id, payee_wallet_id, accepted_at from refund
        where status = 'pending'
          and accepted_at <= statement_timestamp() - interval '${refundWaitDays} days')
      select id, payment_id, payer_wallet_id, payee_wallet_id,
        accepted_at <= statement_timestamp() - interval '${refundWaitDays} days'
      from due order by accepted_at limit $1::int`,
    values: [limit],
  };
}

function claimedOf(answer: Answer | undefined): Claimed[] {
  return (answer?.rows ?? []).map(([id, paymentId, payerWalletId, payeeWalletId, isTooOld]) => ({
    ...{ id: id ?? '', paymentId: paymentId ?? '', payerWalletId: payerWalletId ?? '' },
    ...{ payeeWalletId: payeeWalletId ?? '', isTooOld: isTooOld === 't' },
  }));
}
