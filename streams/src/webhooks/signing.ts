import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';

/** Makes the headers of one try by Standard Webhooks; every secret signs. */
export type Sign = (
  message: { id: string; body: string },
  secrets: readonly string[],
  atMs: number,
) => Record<string, string>;

/** Secrets are decoded once; endpoints are few against deliveries. */
const mostKept = 10_000;

/**
 * HMAC-SHA256 over `id.seconds.body` by the server's own crypto: the library of Standard Webhooks
 * does it in JavaScript, and that was a good part of what a delivery cost.
 */
export function createSigning(): Sign {
  const known = new Map<string, KeyObject>();
  const keyOf = (secret: string): KeyObject => {
    const bytes = (): Buffer => Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
    const key = known.get(secret) ?? createSecretKey(bytes());
    if (known.size >= mostKept) known.clear();
    known.set(secret, key);
    return key;
  };
  return ({ id, body }, secrets, atMs) => {
    const seconds = String(Math.floor(atMs / 1_000));
    const signatures = secrets.map((secret) => {
      const hmac = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`);
      return `v1,${hmac.digest('base64')}`;
    });
    return {
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signatures.join(' '),
    };
  };
}
