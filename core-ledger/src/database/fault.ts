/**
 * A fault of the ledger or its database: thrown, never returned. `retriable` says whether the
 * same work may succeed if tried again; `code` names the fault for logs, metrics and tables.
 */
export class LedgerFault extends Error {
  readonly code: string;
  readonly retriable: boolean;

  constructor(
    code: string,
    message: string,
    options: { retriable: boolean; cause?: unknown } = { retriable: false },
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = 'LedgerFault';
    this.code = code;
    this.retriable = options.retriable;
  }
}
