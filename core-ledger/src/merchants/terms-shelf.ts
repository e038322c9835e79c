import { createBatchStatement } from '../database/statements.ts';
import type { Shelf } from '../database/shelf.ts';
import type { FeePolicy } from '../refunds/policy.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { houseTerms } from './terms.ts';
import type { MerchantTerms } from './terms.ts';

/** The terms of the merchants of a batch, as they are in its transaction. Nothing is written. */
export type TermsShelf = Shelf & {
  /** Wants the terms of who is paid; those of customers cost nothing. */
  ask(payee: WalletFacts | undefined): void;
  /** The house's where nothing else was agreed. */
  get(walletId: string): MerchantTerms;
};

export function createTermsShelf(): TermsShelf {
  const read = createBatchStatement({
    name: 'read_merchant_terms',
    text: `select ${termsColumns} from merchant_terms where wallet_id = any($1::uuid[])`,
    columns: { id: 'uuid' },
  });
  const asked = new Set<string>();
  const known = new Map<string, MerchantTerms>();
  return {
    reset() {
      asked.clear();
      known.clear();
    },
    ask(payee) {
      if (payee?.kind === 'merchant') asked.add(payee.walletId);
    },
    reads() {
      if (asked.size === 0) return [];
      read.reset();
      for (const id of asked) read.columns.id.add(id);
      return [read.statement()];
    },
    open([found]) {
      known.clear();
      for (const row of found?.rows ?? []) known.set(row[0] ?? '', termsOf(row));
    },
    get: (walletId) => known.get(walletId) ?? houseTerms,
    statements: () => [],
  };
}

/** In the order in which `termsOf` reads them. */
const termsColumns = `wallet_id, fee_fixed_minor, fee_basis_points, refund_fee, dispute_fee_minor,
  provisional_up_to_minor, second_person_above_minor`;

function termsOf(row: readonly (string | null)[]): MerchantTerms {
  const minor = (index: number): bigint => BigInt(row[index] ?? '');
  return {
    fee: { fixedMinor: minor(1), basisPoints: minor(2) },
    refundFee: row[3] as FeePolicy,
    disputeFeeMinor: minor(4),
    provisionalUpToMinor: minor(5),
    secondPersonAboveMinor: minor(6),
  };
}
