import { importJWK, SignJWT } from 'jose';
import type { Database, UserRole } from '@wallet/core-ledger';
import { scopesOf } from '../http/scopes.ts';
import { createKeyrings } from '../identity-service/keyring.ts';
import { audience } from '../identity/requests.ts';

/** Signs the token of a session. */
export type Mint = (session: { id: string; userId: string; role: UserRole }) => Promise<string>;

/** Makes tokens as the identity service does, for loads that are not about logging in. */
export async function createMint(options: {
  db: Database;
  masterKey: string;
  issuer: string;
  tokenSeconds: number;
}): Promise<Mint> {
  const { db, masterKey, issuer, tokenSeconds } = options;
  const keyring = await createKeyrings({ db, masterKey, tokenSeconds, announceSeconds: 0 }).read();
  const jwk = keyring.keys.find(({ kid }) => kid === keyring.signing);
  const key = await importJWK(jwk ?? {}, 'EdDSA');
  return ({ id, userId, role }) =>
    new SignJWT({ sid: id, role, scope: scopesOf(role, { sandbox: true }).join(' ') })
      .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: keyring.signing })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(userId)
      .setIssuedAt()
      .setExpirationTime(`${tokenSeconds}s`)
      .sign(key);
}
