import type { Owner } from './sessions.ts';

/**
 * What the edge told us: the simulator's own books. They hold only what was in an answer, never
 * what we hope became of it, so that the audit can be held against them.
 */
export type PaymentTerms = {
  payerWalletId: string;
  payeeWalletId: string;
  amountMinor: bigint;
  currency: string;
  toMerchant: boolean;
};

export type ToldPayment = PaymentTerms & {
  readonly id: string;
  readonly capture: 'automatic' | 'manual';
  /** The last status an answer named. */
  status: string;
  failureCode: string | null;
  feeMinor: bigint | null;
  capturedMinor: bigint;
  refundedMinor: bigint;
  /** By the server's own time stamps, milliseconds since 1970. */
  acceptedAtMs: number | null;
  finalAtMs: number | null;
};

export type ToldTopUp = {
  readonly id: string;
  walletId: string;
  amountMinor: bigint;
  status: string;
};

/** Something done to a payment after it was made, and acknowledged. */
export type ToldAct = {
  readonly id: string;
  readonly kind: 'capture' | 'cancel' | 'refund' | 'approve' | 'reject' | 'decision';
  readonly paymentId: string;
  /** Who did it, and may look at it. */
  readonly by: Owner;
  readonly amountMinor: bigint;
  status: string;
  /** A refund whose payee is short of money: it may go through whenever a credit comes. */
  isShort: boolean;
};

/** What a payer said against a payment; staff may decide it. */
export type ToldDispute = {
  readonly id: string;
  readonly paymentId: string;
  readonly by: Owner;
  status: string;
};

/** What somebody asked customer service. */
export type ToldTicket = { readonly id: string; readonly by: Owner; status: string };

/** A batch of a merchant, as the edge showed it last; minor units. */
export type ToldSettlement = {
  readonly id: string;
  readonly walletId: string;
  readonly by: Owner;
  readonly status: string;
  readonly netMinor: bigint;
  readonly confirmedMinor: bigint;
  readonly returnedMinor: bigint;
  /** What the lines of its report come to: its net. */
  readonly reportMinor: bigint;
};

/** Sent, and no answer ever said what became of it: it may have had its effect once, or not. */
export type Unknown = PaymentTerms & { key: string };

/** A wallet of this run; nobody else uses it. */
export type ToldWallet = { id: string; kind: 'customer' | 'merchant'; currency: string };

export type Told = {
  wallets: Map<string, ToldWallet>;
  payments: Map<string, ToldPayment>;
  topUps: Map<string, ToldTopUp>;
  withdrawals: Map<string, ToldTopUp>;
  acts: Map<string, ToldAct>;
  disputes: Map<string, ToldDispute>;
  tickets: Map<string, ToldTicket>;
  settlements: Map<string, ToldSettlement>;
  /** Payments to which something was done of which no answer ever said what became of it. */
  unsure: Set<string>;
  unknown: Unknown[];
  /** Top-ups, and below 0 withdrawals, without an answer: each may be in its balance or not. */
  unknownMoves: { walletId: string; amountMinor: bigint }[];
};

export function createTold(): Told {
  return {
    wallets: new Map(),
    payments: new Map(),
    topUps: new Map(),
    withdrawals: new Map(),
    acts: new Map(),
    disputes: new Map(),
    tickets: new Map(),
    settlements: new Map(),
    unsure: new Set(),
    unknown: [],
    unknownMoves: [],
  };
}

/** States in which a payment rests until somebody outside this run acts on it. */
const restingStates = new Set([
  'captured',
  'failed',
  'rejected',
  'expired',
  'canceled',
  'in_review',
  'authorized',
]);

/** Is there nothing more to come from the pipeline by itself? */
export function isAtRest(status: string): boolean {
  return restingStates.has(status);
}

/** Takes over what an answer says of a payment: status, fee, amounts, failure code, times. */
export function updatePayment(payment: ToldPayment, view: Record<string, unknown>): void {
  payment.status = textOf(view, 'status');
  payment.failureCode = typeof view['failure_code'] === 'string' ? view['failure_code'] : null;
  if (typeof view['fee_minor'] === 'number') payment.feeMinor = BigInt(view['fee_minor']);
  if (typeof view['captured_minor'] === 'number') {
    payment.capturedMinor = BigInt(view['captured_minor']);
  }
  if (typeof view['refunded_minor'] === 'number') {
    payment.refundedMinor = BigInt(view['refunded_minor']);
  }
  payment.acceptedAtMs = timeOf(view, 'created_at');
  payment.finalAtMs ??= isAtRest(payment.status) ? timeOf(view, 'updated_at') : null;
}

/** Takes over what an answer says of an action or a refund. */
export function updateAct(act: ToldAct, view: Record<string, unknown>): void {
  act.status = textOf(view, 'status');
  act.isShort = view['pending_reason'] === 'insufficient_funds';
}

/** Takes over what an answer says of a settlement. */
export function updateSettlement(
  told: Told,
  of: Pick<ToldSettlement, 'id' | 'walletId' | 'by'>,
  view: Record<string, unknown>,
): void {
  const minor = (name: string): bigint => BigInt(Number(view[`${name}_minor`]));
  const { id, walletId, by } = of;
  told.settlements.set(id, {
    ...{ id, walletId, by, status: textOf(view, 'status'), netMinor: minor('net') },
    ...{ confirmedMinor: minor('confirmed'), returnedMinor: minor('returned') },
    reportMinor:
      minor('gross') - minor('refunds') - minor('disputes') - minor('fees') + minor('carried'),
  });
}

/** @throws when the answer lacks the member: an answer we cannot read is a fault of its own */
export function textOf(view: Record<string, unknown>, member: string): string {
  const value = view[member];
  if (typeof value !== 'string') {
    throw new Error(`the answer has no ${member}: ${JSON.stringify(view)}`);
  }
  return value;
}

function timeOf(view: Record<string, unknown>, member: string): number | null {
  const value = view[member];
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
