import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer, type HttpAnswer } from '../support/http-client.ts';

/** What a request came to: its last answer, or null when none ever decided it. */
export type Delivery = { answer: HttpAnswer | null; retries: number };

const attempts = 8;
const longestPauseMs = 4_000;

/**
 * Sends as a careful client does: no answer, 503, 429 and "still in flight" are tried again with
 * the same key, after the pause the server asks for. Null means that the outcome is unknown.
 */
export async function deliver(send: () => Promise<HttpAnswer>): Promise<Delivery> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await sendOnce(send);
    if (answer !== null && !mayBeRepeated(answer)) return { answer, retries: attempt };
    if (attempt === attempts - 1) return { answer: null, retries: attempt };
    const askedMs = Number(answer?.headers['retry-after'] ?? 0) * 1_000;
    await pause(Math.min(longestPauseMs, Math.max(askedMs, 100 * 2 ** attempt)));
  }
}

async function sendOnce(send: () => Promise<HttpAnswer>): Promise<HttpAnswer | null> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof NoAnswer) return null;
    throw error;
  }
}

function mayBeRepeated({ status, json }: HttpAnswer): boolean {
  return (
    status === 503 ||
    status === 429 ||
    status >= 500 ||
    (status === 409 && json?.['code'] === 'idempotency_key_in_use')
  );
}
