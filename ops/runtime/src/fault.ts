/**
 * What every part of ours throws when something could not be done. A refusal of the business is
 * never a fault: refusals are values.
 */
export class Fault extends Error {
  /** Stable snake_case word, fit for a log line and for an exhaustive table. */
  readonly code: string;
  /** True when the same attempt may succeed later without anybody changing anything. */
  readonly retriable: boolean;

  constructor(code: string, message: string, options: { retriable: boolean; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'Fault';
    this.code = code;
    this.retriable = options.retriable;
  }
}

/** True for a fault of ours that may be tried again; anything else is decided by its driver. */
export function isRetriableFault(error: unknown): boolean {
  return error instanceof Fault && error.retriable;
}
