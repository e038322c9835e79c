import {
  consumeRecord,
  deleteRecord,
  findRecord,
  findServiceClient,
  putRecord,
  sessionOfRecord,
  type Database,
} from '@wallet/core-ledger';
import { errors, type Adapter, type AdapterFactory, type AdapterPayload } from 'oidc-provider';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Where the OpenID provider keeps what it has to remember: grants and refresh tokens as records,
 * clients as the commands of operators made them.
 * @param endSession ends the session of a token that was used twice
 */
export function createRecords(
  db: Database,
  endSession: (sessionId: string) => Promise<void>,
): AdapterFactory {
  return (model) => (model === 'Client' ? clients(db) : records(db, model, endSession));
}

function records(
  db: Database,
  model: string,
  endSession: (sessionId: string) => Promise<void>,
): Adapter {
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  const endFamilyOf = async (id: string): Promise<void> => {
    const sessionId = await sessionOfRecord(db.knex, model, id);
    if (sessionId !== null) await endSession(sessionId);
  };
  return {
    async upsert(id, given, lifetimeSeconds = 0) {
      const sessionId = model === 'Grant' ? id : (given.grantId ?? null);
      // The token's id is the token: it must not stand in the table.
      const payload = { ...given, jti: undefined };
      await putRecord(db.knex, { model, id, sessionId, payload, lifetimeSeconds });
    },
    async find(id) {
      const found = await findRecord(db.knex, model, id);
      if (found === null) return undefined;
      const { payload, consumed } = found;
      return { ...(payload as AdapterPayload), jti: id, ...(consumed ? { consumed } : {}) };
    },
    async consume(id) {
      if (await consumeRecord(db.knex, model, id)) return;
      // Two came with one token at the same moment: one of them is a thief, and no telling which.
      await endFamilyOf(id);
      throw new errors.InvalidGrant('refresh token already used');
    },
    destroy: (id) => deleteRecord(db.knex, model, id),
    revokeByGrantId: endSession,
    findByUserCode: nothing,
    findByUid: nothing,
  };
}

/** The only clients found here are back ends; users' own one is part of the configuration. */
function clients(db: Database): Adapter {
  const refuse = (): Promise<never> => Promise.reject(new Error('clients are made by command'));
  return {
    async find(id) {
      const client = uuid.test(id) ? await findServiceClient(db.knex, id) : null;
      if (client === null) return undefined;
      return {
        client_id: id,
        client_secret: client.secretHashes.map((hash) => hash.toString('hex')).join(' '),
        token_endpoint_auth_method: 'client_secret_basic',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
      };
    },
    upsert: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
    findByUserCode: refuse,
    findByUid: refuse,
  };
}
