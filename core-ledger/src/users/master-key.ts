import type { Knex } from 'knex';
import type { Queryable } from '../database/database.ts';
import { LedgerFault } from '../database/fault.ts';
import { webhookSecretPlace } from '../webhooks/endpoint.ts';
import type { MasterSeal, Vault } from './vault.ts';

/** What is under which key: only what was still under the previous one is written. */
export type Renewal = { readonly renewed: number; readonly present: number };

/** Few enough that logins of these users do not notice the locks. */
const rowsAtOnce = 100;

/**
 * Brings every person under the present master key: data keys are wrapped and addresses found anew,
 * what is sealed by the data keys stays. Safe beside a service that knows both keys, and to repeat
 * after a fault. Only the owner of the database may.
 * Faults: `wrong_master_key` when a row opens under neither key.
 */
export async function renewPersons(db: Queryable, vault: Vault): Promise<Renewal> {
  const total = { renewed: 0, present: 0 };
  for (let after: string | null = '00000000-0000-0000-0000-000000000000'; after !== null;) {
    const from: string = after;
    const batch = await db.transaction((trx) => renewBatch(trx, vault, from));
    total.renewed += batch.renewed;
    total.present += batch.present;
    after = batch.last;
  }
  return total;
}

async function renewBatch(trx: Knex.Transaction, vault: Vault, after: string) {
  const found = await trx.raw<{ rows: { id: string; wrapped: Buffer; sealed: Buffer }[] }>(
    `select subject_id as id, wrapped, sealed from person join person_key using (subject_id)
     where subject_id > ?::uuid order by subject_id limit ? for update`,
    [after, rowsAtOnce],
  );
  let renewed = 0;
  for (const { id, wrapped, sealed } of found.rows) {
    const renewal = underOneOf(`person ${id}`, () =>
      vault.renew(id, { wrappedKey: wrapped, sealed }),
    );
    if (renewal === null) continue;
    renewed += 1;
    const { wrappedKey, emailMac } = renewal;
    await trx('person_key').where({ subject_id: id }).update({ wrapped: wrappedKey });
    await trx('person').where({ subject_id: id }).update({ email_mac: emailMac });
  }
  return { renewed, present: found.rows.length - renewed, last: found.rows.at(-1)?.id ?? null };
}

/** The same for the keys that sign access tokens; see `createKeyrings` for their seal. */
export async function renewSigningKeys(db: Queryable, seal: MasterSeal): Promise<Renewal> {
  return db.transaction(async (trx) => {
    const found = await trx.raw<{ rows: { id: string; sealed_private: Buffer }[] }>(
      'select id, sealed_private from signing_key order by id for update',
    );
    let renewed = 0;
    for (const { id, sealed_private: sealed } of found.rows) {
      const anew = underOneOf(`signing key ${id}`, () => seal.renew(sealed, id));
      if (anew === null) continue;
      renewed += 1;
      await trx('signing_key').where({ id }).update({ sealed_private: anew });
    }
    return { renewed, present: found.rows.length - renewed };
  });
}

/** The same for the secrets of webhook endpoints, the ones before included. */
export async function renewWebhookSecrets(db: Queryable, seal: MasterSeal): Promise<Renewal> {
  return db.transaction(async (trx) => {
    const found = await trx.raw<{ rows: SealedEndpoint[] }>(
      `select id, sealed_secret, previous_sealed_secret from webhook_endpoint
       where sealed_secret is not null order by id for update`,
    );
    let renewed = 0;
    for (const { id, sealed_secret, previous_sealed_secret } of found.rows) {
      const anew = (sealed: Buffer | null): Buffer | null =>
        sealed === null
          ? null
          : underOneOf(`webhook endpoint ${id}`, () => seal.renew(sealed, webhookSecretPlace(id)));
      const [present, previous] = [anew(sealed_secret), anew(previous_sealed_secret)];
      if (present === null && previous === null) continue;
      renewed += 1;
      await trx('webhook_endpoint')
        .where({ id })
        .update({
          sealed_secret: present ?? sealed_secret,
          previous_sealed_secret: previous ?? previous_sealed_secret,
        });
    }
    return { renewed, present: found.rows.length - renewed };
  });
}

type SealedEndpoint = {
  id: string;
  sealed_secret: Buffer;
  previous_sealed_secret: Buffer | null;
};

function underOneOf<T>(what: string, renew: () => T): T {
  try {
    return renew();
  } catch (error) {
    const message = `${what} opens under neither master key`;
    throw new LedgerFault('wrong_master_key', message, { retriable: false, cause: error });
  }
}
