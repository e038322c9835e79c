import { difference } from './difference.ts';
import type { Difference } from './difference.ts';
import { compareActs, isApproved, openPayments } from './reconcile-acts.ts';
import { compareCases, movesOfCases } from './reconcile-cases.ts';
import type { AuditedDispute } from './reconcile-cases.ts';
import { comparePayouts, movesOfPayouts, type AuditedPayouts } from './reconcile-payouts.ts';
import { isAtRest, type Told, type ToldPayment } from './told.ts';

/** What the audit views say of the wallets and ids of this run. */
export type Audited = AuditedPayouts & {
  /** Payments that touch a wallet of this run or have an id we were told. */
  payments: AuditedPayment[];
  /** Ids among the told ones that have an intent row. */
  intentIds: Set<string>;
  wallets: { walletId: string; balanceMinor: bigint; heldMinor: bigint }[];
  /** Refunds that touch a wallet of this run, by id. */
  refunds: Map<string, { state: string; amountMinor: bigint }>;
  /** Disputes that touch a wallet of this run. */
  disputes: AuditedDispute[];
  /** Transfers of each payment, top-up or act, by the id of its intent. */
  transfersByIntent: Map<string, number>;
  /** Sum of all entries of the whole ledger. */
  sums: { currency: string; sumMinor: bigint }[];
};

export type AuditedPayment = {
  id: string;
  state: string;
  amountMinor: bigint;
  capturedMinor: bigint;
  refundedMinor: bigint;
  currency: string;
  payerWalletId: string;
  payeeWalletId: string;
};

/** The merchant's fee, from the contract and not from the code that is being judged. */
export function feeOf(amountMinor: bigint): bigint {
  const share = 10n + amountMinor / 100n;
  return share < amountMinor - 1n ? share : amountMinor - 1n;
}

/** Holds what we were told against the audit. Money is compared to the last minor unit. */
export function reconcile(told: Told, audited: Audited): Difference[] {
  return [
    ...comparePayments(told, audited),
    ...findUnexpected(told, audited),
    ...compareActs(told, audited),
    ...compareTopUps(told, audited),
    ...compareCases(told, audited),
    ...comparePayouts(told, audited),
    ...compareWallets(told, audited),
    ...audited.sums
      .filter(({ sumMinor }) => sumMinor !== 0n)
      .map(({ currency, sumMinor }) =>
        difference('ledger_unbalanced', currency, 'a sum of 0', `${sumMinor}`),
      ),
  ];
}

function comparePayments(told: Told, audited: Audited): Difference[] {
  const found = Map.groupBy(audited.payments, ({ id }) => id);
  return [...told.payments.values()].flatMap((payment) => {
    const rows = found.get(payment.id) ?? [];
    const [row] = rows;
    if (!isAtRest(payment.status)) {
      return difference('not_final', payment.id, payment.status, row?.state ?? 'no payment');
    }
    if (row === undefined) {
      return difference('payment_missing', payment.id, describeTold(payment), 'no payment');
    }
    if (rows.length > 1) {
      return difference('payment_twice', payment.id, 'one payment', `${rows.length} payments`);
    }
    return compareOne(payment, row, audited, told);
  });
}

function compareOne(
  payment: ToldPayment,
  row: AuditedPayment,
  audited: Audited,
  told: Told,
): Difference[] {
  const isUnsure = told.unsure.has(payment.id);
  const differences: Difference[] = [];
  const expected = describeTold(payment);
  const actual = describeAudited(row);
  if (expected !== actual && !isUnsure) {
    differences.push(difference('payment_differs', payment.id, expected, actual));
  }
  const fee = feeOfCaptured(payment.toMerchant, payment.capturedMinor);
  if (payment.feeMinor !== null && payment.feeMinor !== fee && !isUnsure) {
    differences.push(difference('fee_differs', payment.id, `${payment.feeMinor}`, `${fee}`));
  }
  const transfers = audited.transfersByIntent.get(payment.id) ?? 0;
  // What is captured by hand is so by its captures, and what an analyst let go by that.
  const isOwn = payment.capture === 'automatic' && !isApproved(told, payment.id);
  const wanted = payment.status === 'captured' && isOwn ? 1 : 0;
  const hasIntent = audited.intentIds.has(payment.id);
  if ((transfers !== wanted && !isUnsure) || !hasIntent) {
    const seen = `${hasIntent ? 'an intent' : 'no intent'}, ${transfers} transfers`;
    const expectation = `an intent, ${wanted} transfers (${payment.status})`;
    differences.push(difference('transfers_differ', payment.id, expectation, seen));
  }
  return differences;
}

function describeTold(payment: ToldPayment): string {
  return describe(payment.status, payment);
}

function describeAudited(row: AuditedPayment): string {
  return describe(row.state, row);
}

function describe(status: string, row: Omit<AuditedPayment, 'id' | 'state'>): string {
  const { amountMinor, capturedMinor, refundedMinor, currency, payerWalletId, payeeWalletId } = row;
  const amounts = `${amountMinor}/${capturedMinor}/${refundedMinor} ${currency}`;
  return `${status} ${amounts} ${payerWalletId} to ${payeeWalletId}`;
}

function feeOfCaptured(toMerchant: boolean, capturedMinor: bigint): bigint {
  return toMerchant && capturedMinor > 0n ? feeOf(capturedMinor) : 0n;
}

/** A request without an answer may explain one payment of its terms; the rest nobody asked for. */
function findUnexpected(told: Told, audited: Audited): Difference[] {
  return unexplainedPayments(told, audited).unexpected.map((row) =>
    difference('payment_unexpected', row.id, 'never asked for', describeAudited(row)),
  );
}

function unexplainedPayments(
  told: Told,
  audited: Audited,
): { explained: AuditedPayment[]; unexpected: AuditedPayment[] } {
  const open = told.unknown.map(termsOf);
  const explained: AuditedPayment[] = [];
  const unexpected: AuditedPayment[] = [];
  for (const row of audited.payments) {
    if (told.payments.has(row.id)) continue;
    const position = open.indexOf(termsOf(row));
    if (position < 0) unexpected.push(row);
    else {
      open.splice(position, 1);
      explained.push(row);
    }
  }
  return { explained, unexpected };
}

function termsOf(terms: {
  payerWalletId: string;
  payeeWalletId: string;
  amountMinor: bigint;
  currency: string;
}): string {
  const { payerWalletId, payeeWalletId, amountMinor, currency } = terms;
  return [payerWalletId, payeeWalletId, amountMinor, currency].join(' ');
}

function compareTopUps(told: Told, audited: Audited): Difference[] {
  return [...told.topUps.values()].flatMap((topUp) => {
    const transfers = audited.transfersByIntent.get(topUp.id) ?? 0;
    const hasIntent = audited.intentIds.has(topUp.id);
    if (topUp.status === 'succeeded' && transfers === 1 && hasIntent) return [];
    if (topUp.status === 'failed' && transfers === 0 && hasIntent) return [];
    const seen = `${hasIntent ? 'an intent' : 'no intent'}, ${transfers} transfers`;
    const kind = topUp.status === 'pending' ? 'not_final' : 'top_up_missing';
    return difference(kind, topUp.id, `top-up ${topUp.status}`, seen);
  });
}

/** Balance = told top-ups − captured payments + receipts after fees; held = what awaits. */
function compareWallets(told: Told, audited: Audited): Difference[] {
  const { balances, held } = expectedWallets(told, audited);
  const found = new Map(audited.wallets.map((wallet) => [wallet.walletId, wallet]));
  return [...told.wallets.keys()].flatMap((id) => {
    const wallet = found.get(id);
    if (wallet === undefined) return difference('wallet_missing', id, 'a wallet', 'none');
    const differences: Difference[] = [];
    const balance = balances.get(id) ?? 0n;
    if (!isPossible(wallet.balanceMinor, balance, unknownMovesOf(told, id))) {
      differences.push(difference('balance_differs', id, `${balance}`, `${wallet.balanceMinor}`));
    }
    const holds = held.get(id) ?? 0n;
    if (wallet.heldMinor !== holds) {
      differences.push(difference('held_differs', id, `${holds}`, `${wallet.heldMinor}`));
    }
    return differences;
  });
}

/** What a payment has moved and holds. */
type Moved = Pick<
  AuditedPayment,
  'payerWalletId' | 'payeeWalletId' | 'amountMinor' | 'capturedMinor' | 'refundedMinor'
>;

function expectedWallets(
  told: Told,
  audited: Audited,
): { balances: Map<string, bigint>; held: Map<string, bigint> } {
  const balances = new Map<string, bigint>();
  const held = new Map<string, bigint>();
  const add = (sums: Map<string, bigint>, id: string, minor: bigint): void =>
    void sums.set(id, (sums.get(id) ?? 0n) + minor);
  const apply = (status: string, payment: Moved): void => {
    const { payerWalletId, payeeWalletId, amountMinor, capturedMinor, refundedMinor } = payment;
    const toMerchant = told.wallets.get(payeeWalletId)?.kind === 'merchant';
    const fee = feeOfCaptured(toMerchant, capturedMinor);
    add(balances, payerWalletId, refundedMinor - capturedMinor);
    add(balances, payeeWalletId, capturedMinor - fee - refundedMinor);
    if (status === 'in_review' || status === 'authorized') {
      add(held, payerWalletId, amountMinor - capturedMinor);
    }
  };
  const rows = new Map(audited.payments.map((row) => [row.id, row]));
  const open = openPayments(told);
  for (const topUp of told.topUps.values()) {
    if (topUp.status === 'succeeded') add(balances, topUp.walletId, topUp.amountMinor);
  }
  const moves = [...movesOfCases(told, audited), ...movesOfPayouts(told)];
  for (const { walletId, minor } of moves) add(balances, walletId, minor);
  for (const payment of told.payments.values()) {
    const row = open.has(payment.id) ? rows.get(payment.id) : undefined;
    apply(row?.state ?? payment.status, row ?? payment);
  }
  for (const row of unexplainedPayments(told, audited).explained) apply(row.state, row);
  return { balances, held };
}

function unknownMovesOf(told: Told, walletId: string): bigint[] {
  return told.unknownMoves
    .filter((topUp) => topUp.walletId === walletId)
    .map(({ amountMinor }) => amountMinor);
}

/** Does the balance follow from the told one and some of the top-ups that were never answered? */
function isPossible(found: bigint, told: bigint, maybe: readonly bigint[]): boolean {
  let sums = new Set([told]);
  for (const amount of maybe) sums = new Set([...sums, ...[...sums].map((sum) => sum + amount)]);
  return sums.has(found);
}
