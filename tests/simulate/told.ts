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
  /** The last status an answer named. */
  status: string;
  failureCode: string | null;
  feeMinor: bigint | null;
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

/** Sent, and no answer ever said what became of it: it may have had its effect once, or not. */
export type Unknown = PaymentTerms & { key: string };

/** A wallet of this run; nobody else uses it. */
export type ToldWallet = { id: string; kind: 'customer' | 'merchant'; currency: string };

export type Told = {
  wallets: Map<string, ToldWallet>;
  payments: Map<string, ToldPayment>;
  topUps: Map<string, ToldTopUp>;
  unknown: Unknown[];
  /** Top-ups without an answer, by wallet: each may or may not be in its balance. */
  unknownTopUps: { walletId: string; amountMinor: bigint }[];
};

export function createTold(): Told {
  return {
    wallets: new Map(),
    payments: new Map(),
    topUps: new Map(),
    unknown: [],
    unknownTopUps: [],
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

/** Takes over what an answer says of a payment: status, fee, failure code, times. */
export function updatePayment(payment: ToldPayment, view: Record<string, unknown>): void {
  payment.status = textOf(view, 'status');
  payment.failureCode = typeof view['failure_code'] === 'string' ? view['failure_code'] : null;
  if (typeof view['fee_minor'] === 'number') payment.feeMinor = BigInt(view['fee_minor']);
  payment.acceptedAtMs = timeOf(view, 'created_at');
  payment.finalAtMs = isAtRest(payment.status) ? timeOf(view, 'updated_at') : null;
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
