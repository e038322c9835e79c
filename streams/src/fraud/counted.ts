import type { Parties } from '@wallet/core-ledger';

/** What is counted at its entities and answered: a payment, or the outcome of one. */
export type Counted = {
  readonly payment: Parties;
  /** Of the intent or event: counted once, however often it comes. */
  readonly id: string;
  readonly amountMinor: number;
  /** Event time, milliseconds since 1970. */
  readonly atMs: number;
  readonly partition: number;
  readonly offset: number;
  /** Filled in catalogue order; NaN where nothing was read. */
  readonly features: Float64Array;
  /** Becomes false when a counter of a wanted entity could not be read in time. */
  complete: boolean;
};
