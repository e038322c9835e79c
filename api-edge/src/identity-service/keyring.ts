import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import {
  createMasterSeal,
  listSigningKeys,
  signingKeyPurpose,
  makeSigningKeys,
  type Database,
} from '@wallet/core-ledger';
import type { JWK } from 'jose';

/** The keys of access tokens at one moment. */
export type Keyring = {
  /** Id of the key that signs now. */
  readonly signing: string;
  /** Private keys, all of which are published. */
  readonly keys: readonly (JWK & { kid: string })[];
};

export type Keyrings = {
  /** Makes keys that are missing or asked for, and reads those that count now. */
  read(): Promise<Keyring>;
};

/** Verifiers' clocks may be behind ours. */
const leewaySeconds = 60;

/**
 * Ed25519 keys in the database, sealed by the master key; all instances of the service share them.
 * @param options.tokenSeconds how long a token lives, and so how long its key is published
 * @param options.announceSeconds how long a new key is published before it signs
 */
export function createKeyrings(options: {
  db: Database;
  masterKey: string;
  previousMasterKey?: string | undefined;
  tokenSeconds: number;
  announceSeconds: number;
}): Keyrings {
  const { db, tokenSeconds, announceSeconds } = options;
  const seal = createMasterSeal(signingKeyPurpose, options.masterKey, options.previousMasterKey);

  const make = () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const jwk = publicKey.export({ format: 'jwk' });
    const id = thumbprintOf(jwk);
    const bytes = privateKey.export({ format: 'der', type: 'pkcs8' });
    return { id, publicJwk: { ...jwk }, sealedPrivate: seal.seal(bytes, id) };
  };

  return {
    async read() {
      await makeSigningKeys(db.knex, make, announceSeconds);
      const rows = await listSigningKeys(db.knex, tokenSeconds + leewaySeconds);
      const keys = rows.map(({ id, sealedPrivate }) => {
        const key = seal.open(sealedPrivate, id);
        const jwk = createPrivateKey({ key, format: 'der', type: 'pkcs8' }).export({
          format: 'jwk',
        });
        return { ...jwk, kid: id, alg: 'EdDSA', use: 'sig' };
      });
      // The first key signs at once, so there is always one.
      return { keys, signing: rows.find(({ signs }) => signs)?.id ?? '' };
    },
  };
}

/** RFC 7638. */
function thumbprintOf({ crv, kty, x }: { crv?: string; kty?: string; x?: string }): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest('base64url');
}
