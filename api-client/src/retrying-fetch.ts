type Fetch = (request: Request) => Promise<Response>;

export type RetryOptions = {
  /** Attempts in all. */
  attempts: number;
  /** Waiting time before the second attempt; it doubles, with full jitter. */
  baseMs: number;
  maxMs: number;
};

/**
 * Sends a request again when no answer came or when the answer says to come back. What an unknown
 * outcome could do twice is not repeated: reads and whatever carries an Idempotency-Key are, always
 * with the same key and body; the rest only when the answer says that nothing was done.
 * `Retry-After` is kept to.
 */
export function createRetryingFetch(send: Fetch, options: RetryOptions): Fetch {
  return async (request) => {
    for (let attempt = 1; ; attempt += 1) {
      const isLast = attempt >= options.attempts;
      const outcome = await attemptOnce(send, isLast ? request : request.clone());
      if (isLast || request.signal.aborted || !(await mayRepeat(request, outcome))) {
        return settled(outcome);
      }
      await pause(Math.max(retryAfterMs(outcome), jitteredMs(attempt, options)), request.signal);
    }
  };
}

type Outcome = { response: Response } | { error: unknown };

async function attemptOnce(send: Fetch, request: Request): Promise<Outcome> {
  try {
    return { response: await send(request) };
  } catch (error) {
    return { error }; // the caller decides whether there is another attempt
  }
}

async function mayRepeat(request: Request, outcome: Outcome): Promise<boolean> {
  const isHarmless = request.method === 'GET' || request.headers.has('Idempotency-Key');
  if ('error' in outcome) return isHarmless;
  const { response } = outcome;
  // A 409 without `Retry-After` is final: the object is in another state.
  if (response.status === 409) return isHarmless && response.headers.has('Retry-After');
  if (response.status === 503) return isHarmless || (await codeOf(response)) === 'overloaded';
  return response.status === 429;
}

async function codeOf(response: Response): Promise<unknown> {
  const body = (await response.clone().json()) as { code?: unknown };
  return body.code;
}

function settled(outcome: Outcome): Response {
  if ('error' in outcome) throw outcome.error;
  return outcome.response;
}

function retryAfterMs(outcome: Outcome): number {
  if ('error' in outcome) return 0;
  return Number(outcome.response.headers.get('Retry-After') ?? 0) * 1_000;
}

function jitteredMs(attempt: number, { baseMs, maxMs }: RetryOptions): number {
  return Math.random() * Math.min(maxMs, baseMs * 2 ** (attempt - 1));
}

function pause(durationMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, durationMs);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
  });
}
