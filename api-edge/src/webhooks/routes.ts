import { randomUUID } from 'node:crypto';
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  enableWebhookEndpoint,
  findWebhookEndpoint,
  listWebhookEndpoints,
  rotateWebhookSecret,
} from '@wallet/core-ledger';
import { problemOfTarget, type AllowedTargets } from '@wallet/streams';
import { z } from 'zod';
import { isRefusal, type Answer } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import type { IdentityService } from '../identity/service-client.ts';
import { refuse, type Refusal } from '../problems.ts';
import { deliveryRoutes, type DeliveryDependencies } from './delivery-routes.ts';
import {
  endpointRequest,
  endpointSchema,
  endpointWithSecretSchema,
  shownEndpoint,
} from './webhook.ts';

export type WebhookDependencies = DeliveryDependencies & {
  identity: IdentityService;
  webhookTargets: AllowedTargets;
};

/** How long both secrets sign after a rotation. */
const overlapSeconds = 86_400;

const operation = { tag: 'webhooks', idempotent: false } as const;
const params = z.object({ id: fields.id() });

/** Where owners want to be told by HTTP. */
export function webhookRoutes(route: Route, dependencies: WebhookDependencies): void {
  const { db } = dependencies;
  route({
    ...operation,
    ...{ method: 'post', path: '/webhook-endpoints', scope: 'webhooks:write' },
    summary: 'Register a webhook endpoint',
    description:
      'From now on every event of these types that concerns you is posted there as ' +
      '`{id, type, created_at, data: {object}}`, signed by Standard Webhooks. Answer 2xx within ' +
      '10 s. Tries follow for days; 410 ends them.',
    body: endpointRequest,
    responses: {
      201: { description: 'The endpoint, with its secret.', schema: endpointWithSecretSchema },
    },
    errors: ['url_not_allowed', 'too_many_endpoints', 'unavailable'],
    handler: ({ caller, body }) => register(dependencies, caller.userId, body),
  });
  route({
    ...operation,
    ...{ method: 'get', path: '/webhook-endpoints', scope: 'webhooks:read' },
    summary: 'List your webhook endpoints',
    responses: {
      200: {
        description: 'All of them, newest first.',
        schema: z
          .strictObject({ data: z.array(endpointSchema).max(100), next_cursor: z.null() })
          .meta({ id: 'WebhookEndpoints' }),
      },
    },
    errors: [],
    async handler({ caller }) {
      const found = await listWebhookEndpoints(db.knex, caller.userId);
      return { status: 200, body: { data: found.map(shownEndpoint), next_cursor: null } };
    },
  });
  route({
    ...{ ...operation, params, method: 'get', path: '/webhook-endpoints/{id}' },
    scope: 'webhooks:read',
    summary: 'See a webhook endpoint',
    responses: { 200: { description: 'The endpoint.', schema: endpointSchema } },
    errors: ['not_found'],
    async handler({ caller, params: { id } }) {
      const found = await findWebhookEndpoint(db.knex, { id, ownerId: caller.userId });
      return found === null ? refuse('not_found') : { status: 200, body: shownEndpoint(found) };
    },
  });
  changingRoutes(route, dependencies);
  deliveryRoutes(route, dependencies);
}

function changingRoutes(route: Route, dependencies: WebhookDependencies): void {
  const { db } = dependencies;
  route({
    ...{ ...operation, params, method: 'delete', path: '/webhook-endpoints/{id}' },
    scope: 'webhooks:write',
    summary: 'Remove a webhook endpoint',
    responses: { 204: { description: 'Nothing is sent there any more.' } },
    errors: ['not_found'],
    async handler({ caller, params: { id } }) {
      const done = await deleteWebhookEndpoint(db, { id, ownerId: caller.userId });
      return done ? { status: 204 } : refuse('not_found');
    },
  });
  route({
    ...{ ...operation, params, method: 'post', path: '/webhook-endpoints/{id}/enable' },
    scope: 'webhooks:write',
    summary: 'Send to a disabled endpoint again',
    description: 'What was canceled meanwhile can be replayed one by one.',
    responses: { 200: { description: 'The endpoint.', schema: endpointSchema } },
    errors: ['not_found'],
    async handler({ caller, params: { id } }) {
      const found = await enableWebhookEndpoint(db.knex, { id, ownerId: caller.userId });
      return found === null ? refuse('not_found') : { status: 200, body: shownEndpoint(found) };
    },
  });
  route({
    ...{ ...operation, params, method: 'post', path: '/webhook-endpoints/{id}/rotate-secret' },
    scope: 'webhooks:write',
    summary: 'Give an endpoint a new secret',
    description: 'For a day the one before signs as well: each request has both signatures.',
    responses: {
      200: { description: 'The endpoint, with its new secret.', schema: endpointWithSecretSchema },
    },
    errors: ['not_found', 'unavailable'],
    async handler({ caller, params: { id } }) {
      const owned = { id, ownerId: caller.userId };
      if ((await findWebhookEndpoint(db.knex, owned)) === null) return refuse('not_found');
      const made = await makeSecret(dependencies, id);
      if ('problem' in made) return made;
      const next = { sealedSecret: made.sealed, overlapSeconds };
      const found = await rotateWebhookSecret(db.knex, owned, next);
      if (found === null) return refuse('not_found');
      return { status: 200, body: { ...shownEndpoint(found), secret: made.secret } };
    },
  });
}

async function register(
  dependencies: WebhookDependencies,
  ownerId: string,
  { url, events }: z.output<typeof endpointRequest>,
): Promise<Answer> {
  const problem = await problemOfTarget(url, dependencies.webhookTargets);
  if (problem !== null) {
    const fault = { pointer: '/url', code: 'url_not_allowed', detail: problem } as const;
    return refuse('url_not_allowed', { errors: [fault] });
  }
  const id = randomUUID();
  const made = await makeSecret(dependencies, id);
  if ('problem' in made) return made;
  const asked = { id, ownerId, url, events: [...new Set(events)], sealedSecret: made.sealed };
  const endpoint = await createWebhookEndpoint(dependencies.db, asked);
  if (endpoint === null) return refuse('too_many_endpoints');
  return {
    status: 201,
    body: { ...shownEndpoint(endpoint), secret: made.secret },
    headers: { Location: `/webhook-endpoints/${id}` },
  };
}

/** The identity service has the key that seals; the edge sees a secret once, on its way out. */
async function makeSecret(
  { identity }: WebhookDependencies,
  endpointId: string,
): Promise<{ secret: string; sealed: Buffer } | Refusal> {
  const answer = await identity.ask('/webhook-secrets', { endpoint_id: endpointId });
  if (isRefusal(answer)) return answer;
  const { secret, sealed } = answer.body as { secret: string; sealed: string };
  return { secret, sealed: Buffer.from(sealed, 'base64') };
}
