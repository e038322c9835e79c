import type { Database } from '@wallet/core-ledger';
import type { ApiAnswer } from './api-client.ts';
import type { TestUser } from './users.ts';

/**
 * Writes what settlement writes for a captured or authorized payment, as far as the edge reads it;
 * the whole pipeline runs in tests/flows.
 */
export async function settle(
  db: Database,
  accepted: ApiAnswer,
  parties: { payer: TestUser; payee: TestUser; payloadHash: Buffer; authorized?: boolean },
): Promise<void> {
  const { body } = accepted;
  const { payer, payee, payloadHash, authorized = false } = parties;
  await db.knex.transaction(async (trx) => {
    await trx('intent').insert({
      id: body.id,
      kind: 'payment',
      payload_hash: payloadHash,
      source_topic: 'payment-scored',
      source_partition: 0,
      source_offset: 0,
    });
    await trx('payment').insert({
      id: body.id,
      payer_wallet_id: payer.walletId,
      payee_wallet_id: payee.walletId,
      payer_id: payer.id,
      payee_id: payee.id,
      amount_minor: body.amount_minor,
      captured_minor: authorized ? 0 : body.amount_minor,
      currency: body.currency,
      capture: body.capture,
      status: authorized ? 'authorized' : 'captured',
      version: 1,
      accepted_at: body.created_at,
      description: body.description,
      reference: body.reference,
      metadata: JSON.stringify(body.metadata),
    });
  });
}
