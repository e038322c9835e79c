import { randomBytes } from 'node:crypto';
import { webhookSecretPlace, type MasterSeal } from '@wallet/core-ledger';
import { z } from 'zod';
import type { Answer } from '../http/call.ts';

/** By Standard Webhooks 24 to 64 bytes. */
const secretBytes = 32;

/** What an edge asks for that makes an endpoint, or gives it a new secret. */
export const secretRequest = z.strictObject({ endpoint_id: z.uuid() });

/** What somebody asks for who signs. */
export const openingRequest = z.strictObject({
  endpoint_id: z.uuid(),
  sealed: z.array(z.base64().max(1_000)).min(1).max(2),
});

/** A new secret, once as it is and once as the database keeps it. */
export function makeWebhookSecret(seal: MasterSeal, endpointId: string): Answer {
  const secret = `whsec_${randomBytes(secretBytes).toString('base64')}`;
  const sealed = seal.seal(Buffer.from(secret), webhookSecretPlace(endpointId));
  return { status: 200, body: { secret, sealed: sealed.toString('base64') } };
}

/** Throws when one of them was not sealed for this endpoint. */
export function openWebhookSecrets(
  seal: MasterSeal,
  { endpoint_id: endpointId, sealed }: z.output<typeof openingRequest>,
): Answer {
  const place = webhookSecretPlace(endpointId);
  const secrets = sealed.map((text) => seal.open(Buffer.from(text, 'base64'), place).toString());
  return { status: 200, body: { secrets } };
}
