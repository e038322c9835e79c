import { isRetriable, LedgerFault, StatementFault } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';

/** Classes of SQLSTATE that a record's data can cause: data, constraints, raised by our SQL. */
const poisonStates = /^(22|23|P0|WA)/;

/**
 * Can this fault be the doing of one record of the batch? Then the batch is divided until that
 * record stands alone. A fault of the code's deployment (a missing table, a refused login) is not:
 * dividing would make a dead letter of every record there is.
 */
export function isPoison(error: unknown): boolean {
  if (isRetriable(error)) return false;
  if (error instanceof StatementFault) return poisonStates.test(error.code);
  if (error instanceof LedgerFault) return error.code === 'broken_invariant';
  return error instanceof Error && !(error instanceof Fault);
}

/** A fault's text for the header of a dead letter. */
export function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
