import type { Database } from '@wallet/core-ledger';

/** Everything a replay could change, as one comparable value. */
export type Effects = {
  accounts: string[];
  payments: string[];
  counts: Record<string, number>;
};

const counted = [
  'entry',
  'transfer',
  'hold',
  'intent',
  'payment',
  'top_up',
  'outbox',
  'notification',
  'ticket',
];

export async function readEffects({ knex }: Database): Promise<Effects> {
  const rows = async (sql: string): Promise<string[]> =>
    (await knex.raw<{ rows: { row: string }[] }>(sql)).rows.map(({ row }) => row);
  const counts: Record<string, number> = {};
  for (const table of counted) {
    const [count] = await rows(`select count(*)::text as row from ${table}`);
    counts[table] = Number(count);
  }
  return {
    accounts: await rows(
      `select concat_ws(' ', id, kind, balance_minor, held_minor, version) as row
       from account order by id`,
    ),
    payments: await rows(
      `select concat_ws(' ', id, status, captured_minor, version) as row from payment order by id`,
    ),
    counts,
  };
}

export type EntryRow = { kind: string; walletId: string | null; amountMinor: bigint };

/** The entries of a payment's transfers, debit first, by the views outside checks use. */
export async function entriesOfPayment({ knex }: Database, paymentId: string): Promise<EntryRow[]> {
  const found = await knex.raw<{
    rows: { kind: string; wallet_id: string | null; amount_minor: string }[];
  }>(
    `select a.kind, a.wallet_id, e.amount_minor
     from audit.transfers t join audit.entries e using (transfer_id)
     join audit.accounts a using (account_id)
     where t.payment_id = ? order by e.amount_minor`,
    [paymentId],
  );
  return found.rows.map(({ kind, wallet_id, amount_minor }) => ({
    kind,
    walletId: wallet_id,
    amountMinor: BigInt(amount_minor),
  }));
}

/** Sum of all entries for each currency, and of the balances that they lead to. */
export async function ledgerSums({ knex }: Database): Promise<Record<string, string>[]> {
  const found = await knex.raw<{ rows: Record<string, string>[] }>(
    `select a.currency, sum(a.balance_minor)::text as balances,
       (select coalesce(sum(e.amount_minor), 0)::text from audit.entries e
        where e.currency = a.currency) as entries
     from audit.accounts a group by a.currency order by a.currency`,
  );
  return found.rows;
}
