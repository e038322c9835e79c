import { ConfigError, Fault } from '@wallet/runtime';
import type { Settings } from '../settings.ts';

/**
 * Asks the identity service, which alone has the master key, for what is sealed under it.
 * Throws a retriable Fault `identity_away` when it does not answer.
 */
export type AskIdentity = (
  path: '/addresses' | '/webhook-secrets/opened',
  body: object,
) => Promise<Record<string, unknown>>;

const timeoutMs = 5_000;

/** @throws ConfigError when it is not named to those (`who`) who need it */
export function createAskIdentity(
  { IDENTITY_URL: url, WALLET_IDENTITY_SECRET: secret }: Settings,
  who: string,
): AskIdentity {
  if (url === undefined || secret === undefined) {
    throw new ConfigError([`${who} need IDENTITY_URL and WALLET_IDENTITY_SECRET`]);
  }
  return async (path, body) => {
    try {
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${secret}` },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      if (!response.ok) throw new Error(`the identity service answers ${response.status}`);
      return (await response.json()) as Record<string, unknown>;
    } catch (error) {
      const options = { retriable: true, cause: error };
      throw new Fault('identity_away', `${path}: what is sealed cannot be read`, options);
    }
  };
}
