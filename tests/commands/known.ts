import type { Person, Resident } from '../support/api.ts';

export type Payment = {
  readonly id: string;
  readonly payer: Resident;
  readonly payee: Resident;
  readonly amountMinor: number;
};

/** A refund or a dispute, and what it is of. */
export type Case = { readonly id: string; readonly payment: Payment };

/** A request that somebody makes: the same again with the same key is the same command. */
export type Request = { readonly by: Person; readonly path: string; readonly body: object };

export type Command = Request & {
  /** Takes what was accepted into what is known. */
  readonly accepted?: (id: string) => void;
};

/** Objects that commands can be about, in the order in which they were accepted. */
export type Known = {
  readonly payments: Payment[];
  /** Those to be captured by hand. */
  readonly held: Payment[];
  readonly refunds: Case[];
  readonly disputes: Case[];
  /** Wallets that somebody froze. */
  readonly frozen: Set<Resident>;
};

export function nothingKnown(): Known {
  return { payments: [], held: [], refunds: [], disputes: [], frozen: new Set() };
}

/** Of the payments that may be refunded or disputed. */
export const paymentsInMind = 600;

/**
 * One of the latest, the newer the likelier: of several commands under way many are about the same
 * object, and some about one of which nothing is decided yet.
 * @param rank 0 ≤ x < 1 @param horizon so far back somebody remembers
 */
export function recentOf<T>(items: readonly T[], rank: number, horizon = 300): T | undefined {
  return items[items.length - 1 - Math.floor(rank * rank * Math.min(horizon, items.length))];
}
