import { hash } from 'node:crypto';

/**
 * A uuid v8 that is the same whenever the same thing is decided again, and that sorts by time:
 * 48 bits of the intent's acceptance in milliseconds, then 74 bits of a hash of what it is for.
 * Rows keyed by it are appended at the right edge of their index.
 */
export function deriveId(
  acceptedAtMs: number,
  intentId: string,
  purpose: string,
  ordinal = 0,
): string {
  const digest = hash('sha256', `${intentId}:${purpose}:${ordinal}`, 'hex');
  const time = acceptedAtMs.toString(16).padStart(12, '0');
  // The variant's two bits are 10: the digit is one of 8, 9, a, b.
  const variant = '89ab'.charAt(digest.charCodeAt(15) & 3);
  return (
    `${time.slice(0, 8)}-${time.slice(8, 12)}-8${digest.slice(0, 3)}-` +
    `${variant}${digest.slice(3, 6)}-${digest.slice(16, 28)}`
  );
}
