import { Fault, monotonicMs, type Log } from '@wallet/runtime';
import { createLocalJWKSet, errors } from 'jose';
import type { CryptoKey, JWSHeaderParameters, LocalJWKSet } from 'jose';

/** The public keys of an issuer. */
export type KeySet = {
  /**
   * The key a token names. Null: the issuer has none of that name.
   * @throws Fault `keys_unknown`, retriable, while the issuer has not answered for too long
   */
  find(header: JWSHeaderParameters): Promise<CryptoKey | null>;
  /** Why no token can be verified now, or null. Tries to mend it first. */
  problem(): Promise<string | null>;
};

/** Keys older than this are read again, beside the requests. */
const freshMs = 60_000;
/** An issuer may be away for so long; then its keys are no longer believed. */
const believedMs = 3_600_000;
/** Names of keys cost a forger nothing: an unknown one is asked for this often at most. */
const coolDownMs = 5_000;
/** Likewise as long as there are no keys at all. */
const impatientMs = 200;
const timeoutMs = 2_000;

/**
 * Reads keys when they are first needed, now and then, and when a token names one that is unknown.
 * @param options.locate answers the URL of the key set (from configuration or a discovery document)
 */
export function createKeySet(options: { locate: () => Promise<URL>; log: Log }): KeySet {
  const { locate, log } = options;
  let keys: LocalJWKSet | null = null;
  let readMs = -Infinity;
  let triedMs = -Infinity;
  let reading: Promise<void> | null = null;

  const read = async (): Promise<void> => {
    triedMs = monotonicMs();
    try {
      const response = await fetch(await locate(), {
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new Error(`the key set answered ${response.status}`);
      keys = createLocalJWKSet((await response.json()) as Parameters<typeof createLocalJWKSet>[0]);
      readMs = monotonicMs();
    } catch (error) {
      log.warn({ err: error }, 'the keys of the issuer cannot be read');
    }
  };
  /** All who wait share one reading. */
  const readOnce = (): Promise<void> =>
    (reading ??= read().finally(() => {
      reading = null;
    }));
  const mayTry = (): boolean =>
    monotonicMs() - triedMs > (keys === null ? impatientMs : coolDownMs);
  const isBelieved = (): boolean => keys !== null && monotonicMs() - readMs < believedMs;

  const mend = async (): Promise<void> => {
    if (mayTry() || reading !== null) await readOnce();
  };

  return {
    async find(header) {
      if (!isBelieved()) await mend();
      else if (monotonicMs() - readMs > freshMs && mayTry()) void readOnce();
      if (keys === null || !isBelieved()) {
        throw new Fault('keys_unknown', 'the keys of the issuer are not known', {
          retriable: true,
        });
      }
      const found = await pick(keys, header);
      if (found !== null || !mayTry()) return found;
      await readOnce();
      return pick(keys, header);
    },
    async problem() {
      if (!isBelieved()) await mend();
      return isBelieved() ? null : 'the keys of the identity service are not known';
    },
  };
}

async function pick(keys: LocalJWKSet, header: JWSHeaderParameters): Promise<CryptoKey | null> {
  // A token must say which key signed it.
  if (typeof header.kid !== 'string') return null;
  try {
    return await keys(header);
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
