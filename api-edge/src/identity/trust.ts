import type { Database } from '@wallet/core-ledger';
import type { Clock, Log } from '@wallet/runtime';
import type { EdgeConfig } from '../config.ts';
import { callerOfOwnClaims, type TrustedIssuer } from './access-tokens.ts';
import { createExternalIssuer } from './external-issuer.ts';
import { createKeySet } from './key-set.ts';
import { audience } from './requests.ts';

/** Whose tokens are good here. */
export type Trust = {
  readonly issuers: readonly TrustedIssuer[];
  /** Why no token of ours can be verified, or null. */
  problem(): Promise<string | null>;
};

/** Our own identity service and, where it is configured, an issuer of somebody else. */
export function createTrust(options: {
  config: EdgeConfig;
  tokenSeconds: number;
  db: Database;
  clock: Clock;
  log: Log;
}): Trust {
  const { config, ...rest } = options;
  const keysUrl = new URL('/jwks', config.IDENTITY_URL);
  const own: TrustedIssuer = {
    issuer: config.WALLET_ISSUER ?? config.IDENTITY_URL.replace(/\/$/, ''),
    audience,
    algorithms: ['EdDSA'],
    tokenType: 'at+jwt',
    keys: createKeySet({ locate: () => Promise.resolve(keysUrl), log: options.log }),
    callerOf: callerOfOwnClaims,
  };
  const issuers = [own];
  if (config.OIDC_ISSUER !== undefined) {
    issuers.push(
      createExternalIssuer({
        ...rest,
        issuer: config.OIDC_ISSUER,
        audience: config.OIDC_AUDIENCE,
        keysUrl: config.OIDC_JWKS_URL ?? null,
        sandbox: config.WALLET_SANDBOX,
      }),
    );
  }
  return { issuers, problem: () => own.keys.problem() };
}
