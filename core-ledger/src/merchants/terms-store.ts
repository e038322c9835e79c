import type { Queryable } from '../database/database.ts';
import type { FeePolicy } from '../refunds/policy.ts';
import { recordWalletChange } from '../wallets/control.ts';
import type { WalletOrder } from '../wallets/control.ts';
import { houseTerms } from './terms.ts';
import type { MerchantTerms } from './terms.ts';

/** What was agreed with a merchant; null when there is no such wallet of a merchant. */
export async function findMerchantTerms(
  db: Queryable,
  walletId: string,
): Promise<MerchantTerms | null> {
  const found = await db.raw<{ rows: TermsRow[] }>(
    `select t.* from wallet w left join merchant_terms t on t.wallet_id = w.id
     where w.id = ?::uuid and w.kind = 'merchant'`,
    [walletId],
  );
  const row = found.rows[0];
  return row === undefined ? null : termsOf(row);
}

/**
 * Agrees on them all, with what was before in the wallet's history. They count for what is decided
 * from now on; what was paid stays paid. False when there is no such wallet of a merchant.
 * Faults: those of the database.
 */
export async function putMerchantTerms(
  db: Queryable,
  order: WalletOrder,
  terms: MerchantTerms,
): Promise<boolean> {
  return db.transaction(async (trx) => {
    // Two operators at once: the second one's history has what the first one agreed on.
    await trx.raw('select from wallet where id = ?::uuid for no key update', [order.walletId]);
    const before = await findMerchantTerms(trx, order.walletId);
    if (before === null) return false;
    await recordWalletChange(trx, order, {
      terms: { before: shownTerms(before), after: shownTerms(terms) },
    });
    await trx.raw(
      `insert into merchant_terms (wallet_id, fee_fixed_minor, fee_basis_points, refund_fee,
         dispute_fee_minor, provisional_up_to_minor, second_person_above_minor)
       values (?::uuid, ?, ?, ?, ?, ?, ?)
       on conflict (wallet_id) do update set fee_fixed_minor = excluded.fee_fixed_minor,
         fee_basis_points = excluded.fee_basis_points, refund_fee = excluded.refund_fee,
         dispute_fee_minor = excluded.dispute_fee_minor,
         provisional_up_to_minor = excluded.provisional_up_to_minor,
         second_person_above_minor = excluded.second_person_above_minor,
         updated_at = statement_timestamp()`,
      [order.walletId, ...Object.values(shownTerms(terms))],
    );
    return true;
  });
}

/** As JSON and the API have them. */
export function shownTerms(terms: MerchantTerms) {
  return {
    fee_fixed_minor: Number(terms.fee.fixedMinor),
    fee_basis_points: Number(terms.fee.basisPoints),
    refund_fee: terms.refundFee,
    dispute_fee_minor: Number(terms.disputeFeeMinor),
    provisional_up_to_minor: Number(terms.provisionalUpToMinor),
    second_person_above_minor: Number(terms.secondPersonAboveMinor),
  };
}

type TermsRow = {
  fee_fixed_minor: string | null;
  fee_basis_points: number;
  refund_fee: FeePolicy;
  dispute_fee_minor: string;
  provisional_up_to_minor: string;
  second_person_above_minor: string;
};

/** Nothing was agreed: the house's. */
function termsOf(row: TermsRow): MerchantTerms {
  if (row.fee_fixed_minor === null) return houseTerms;
  return {
    fee: { fixedMinor: BigInt(row.fee_fixed_minor), basisPoints: BigInt(row.fee_basis_points) },
    refundFee: row.refund_fee,
    disputeFeeMinor: BigInt(row.dispute_fee_minor),
    provisionalUpToMinor: BigInt(row.provisional_up_to_minor),
    secondPersonAboveMinor: BigInt(row.second_person_above_minor),
  };
}
