import type { DisputeStatus } from './dispute.ts';

/**
 * Where a dispute's money is, in minor units. What a change of status posts is the difference of
 * two positions, so no sequence of changes can lose any of it.
 */
export type Position = {
  /** On the payee's reserve. */
  readonly reserved: bigint;
  /** Given to the payer while the dispute runs, by the platform. */
  readonly credited: bigint;
  /** The payer's for good, from the payee. */
  readonly awarded: bigint;
  /** What the payee has paid for the dispute. */
  readonly fee: bigint;
};

export const nothingMoved: Position = { reserved: 0n, credited: 0n, awarded: 0n, fee: 0n };

/** What the dispute counts for in its payment's `disputed_minor`. */
export function disputedOf({ reserved, awarded }: Position): bigint {
  return reserved + awarded;
}

/** The payee pays for a claim that was not given up and not refuted. */
const freeOfCharge: readonly DisputeStatus[] = ['won', 'withdrawn', 'closed', 'failed'];

/** The position of a dispute that is over; `feeMinor` is what its payee pays for a claim. */
export function positionAtEnd(status: DisputeStatus, awarded: bigint, feeMinor: bigint): Position {
  return { ...nothingMoved, awarded, fee: freeOfCharge.includes(status) ? 0n : feeMinor };
}
