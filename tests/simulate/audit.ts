import { createDatabase } from '@wallet/core-ledger';
import { readPayouts } from './audit-payouts.ts';
import type { Audited } from './reconcile.ts';
import type { Told } from './told.ts';

const idsAtOnce = 5_000;

/**
 * Reads from the audit views, with the rights of an auditor and in one snapshot, what concerns the
 * wallets and ids of our books.
 * @param url a database whose user may take the role `auditor`
 */
export async function readAudit(url: string, told: Told): Promise<Audited> {
  const db = createDatabase({ url, applicationName: 'wallet simulation audit', poolSize: 1 });
  try {
    return await db.knex.transaction(
      async (trx) => {
        await trx.raw('set local role auditor');
        const ask = async <Row>(sql: string, ids: readonly string[][] = []): Promise<Row[]> =>
          (await trx.raw<{ rows: Row[] }>(sql, ids)).rows;
        return readAll(ask, told);
      },
      { isolationLevel: 'repeatable read', readOnly: true },
    );
  } finally {
    await db.close();
  }
}

export type Ask = <Row>(sql: string, ids?: readonly string[][]) => Promise<Row[]>;

async function readAll(ask: Ask, told: Told): Promise<Audited> {
  const walletIds = [...told.wallets.keys()];
  const payments = await ask<PaymentRow>(
    `select payment_id, state, amount_minor, captured_minor, refunded_minor, currency,
       payer_wallet_id, payee_wallet_id
     from audit.payments
     where payer_wallet_id = any(?::uuid[]) or payee_wallet_id = any(?::uuid[])`,
    [walletIds, walletIds],
  );
  const wallets = await ask<WalletRow>(
    `select wallet_id, sum(balance_minor) as balance, sum(held_minor) as held
     from audit.accounts where wallet_id = any(?::uuid[]) group by wallet_id`,
    [walletIds],
  );
  const sums = await ask<{ currency: string; sum: string }>(
    'select currency, sum(amount_minor) as sum from audit.entries group by currency',
  );
  const intentIds = new Set<string>();
  const transfersByIntent = new Map<string, number>();
  for (const ids of chunks(idsOf(told))) {
    const intents = await ask<{ intent_id: string }>(
      'select intent_id from audit.intents where intent_id = any(?::uuid[])',
      [ids],
    );
    for (const { intent_id } of intents) intentIds.add(intent_id);
    const transfers = await ask<{ intent_id: string; count: string }>(
      `select intent_id, count(*) as count from audit.transfers
       where intent_id = any(?::uuid[]) group by intent_id`,
      [ids],
    );
    for (const { intent_id, count } of transfers) transfersByIntent.set(intent_id, Number(count));
  }
  const refunds = await ask<{ refund_id: string; state: string; amount_minor: string }>(
    `select refund_id, state, amount_minor from audit.refunds
     where payer_wallet_id = any(?::uuid[]) or payee_wallet_id = any(?::uuid[])`,
    [walletIds, walletIds],
  );
  const disputes = await ask<DisputeRow>(
    `select dispute_id, payment_id, state, payer_wallet_id, payee_wallet_id, credited_minor,
       awarded_minor, fee_minor
     from audit.disputes
     where payer_wallet_id = any(?::uuid[]) or payee_wallet_id = any(?::uuid[])`,
    [walletIds, walletIds],
  );
  return {
    ...(await readPayouts(ask, walletIds)),
    disputes: disputes.map((row) => ({
      ...{ id: row.dispute_id, paymentId: row.payment_id, state: row.state },
      ...{ payerWalletId: row.payer_wallet_id, payeeWalletId: row.payee_wallet_id },
      ...{ creditedMinor: BigInt(row.credited_minor), awardedMinor: BigInt(row.awarded_minor) },
      feeMinor: BigInt(row.fee_minor),
    })),
    refunds: new Map(
      refunds.map(({ refund_id, state, amount_minor }) => [
        refund_id,
        { state, amountMinor: BigInt(amount_minor) },
      ]),
    ),
    payments: payments.map(paymentOf),
    intentIds,
    wallets: wallets.map(({ wallet_id, balance, held }) => ({
      walletId: wallet_id,
      balanceMinor: BigInt(balance),
      heldMinor: BigInt(held),
    })),
    transfersByIntent,
    sums: sums.map(({ currency, sum }) => ({ currency, sumMinor: BigInt(sum) })),
  };
}

type PaymentRow = {
  payment_id: string;
  state: string;
  amount_minor: string;
  captured_minor: string;
  refunded_minor: string;
  currency: string;
  payer_wallet_id: string;
  payee_wallet_id: string;
};
type DisputeRow = Record<'dispute_id' | 'payment_id' | 'state', string> &
  Record<'payer_wallet_id' | 'payee_wallet_id', string> &
  Record<'credited_minor' | 'awarded_minor' | 'fee_minor', string>;
type WalletRow = { wallet_id: string; balance: string; held: string };

function paymentOf(row: PaymentRow): Audited['payments'][number] {
  return {
    id: row.payment_id,
    state: row.state,
    amountMinor: BigInt(row.amount_minor),
    capturedMinor: BigInt(row.captured_minor),
    refundedMinor: BigInt(row.refunded_minor),
    currency: row.currency,
    payerWalletId: row.payer_wallet_id,
    payeeWalletId: row.payee_wallet_id,
  };
}

/** Of all that was acknowledged. */
function idsOf(told: Told): string[] {
  const { payments, topUps, withdrawals, acts, disputes, tickets, settlements } = told;
  const all = [payments, topUps, withdrawals, acts, disputes, tickets, settlements];
  return all.flatMap((objects) => [...objects.keys()]);
}

function chunks(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsAtOnce) }, (_, index) =>
    ids.slice(index * idsAtOnce, (index + 1) * idsAtOnce),
  );
}
