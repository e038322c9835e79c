import { randomUUID } from 'node:crypto';
import type { Cases } from './ways.ts';

/** How statuses of webhooks and messages come about, for the tests of the contract. */
export function createWebhookCases({ db, world, send }: Cases) {
  const register = 'post /webhook-endpoints';
  const replay = 'post /webhook-endpoints/{id}/deliveries/{delivery_id}/replay';

  const endpoint = async (): Promise<string> => (await send(register, {})).body.id as string;

  const disabled = { status: 'disabled', disabled_reason: 'gone' };
  const setEndpoint = (id: string, state: object) =>
    db.knex('webhook_endpoint').where({ id }).update(state);

  return {
    ids: async () => {
      const [endpointId, deliveryId] = [await endpoint(), randomUUID()];
      await db.knex('webhook_delivery').insert({
        ...{ endpoint_id: endpointId, id: deliveryId, event_id: randomUUID(), body: '{}' },
        ...{ type: 'payment.captured', status: 'failed', occurred_at: new Date() },
      });
      return {
        '/webhook-endpoints/{id}': endpointId,
        'delete /webhook-endpoints/{id}': await endpoint(),
        [`second of ${replay.replace('post ', '')}`]: deliveryId,
      };
    },
    apart: {
      'post /notifications 404': async () => {
        const message = { template: 'generic.message', data: { title: 'Hello' } };
        const json = { ...message, user_id: randomUUID() };
        return (await send('post /notifications', { json })).status;
      },
      [`${register} 409`]: async () => {
        const owned = { owner_id: world().payer.id, url: 'https://full.example/' };
        const rows = Array.from({ length: 20 }, () => ({ ...owned, id: randomUUID() }));
        await db.knex('webhook_endpoint').insert(rows.map((row) => ({ ...row, events: ['*'] })));
        const { status, body } = await send(register, {});
        await db.knex('webhook_endpoint').where(owned).delete();
        return body.code === 'too_many_endpoints' ? status : 0;
      },
      [`${replay} 409`]: async () => {
        const id = world().ids['/webhook-endpoints/{id}'] ?? '';
        await setEndpoint(id, disabled);
        const { status } = await send(replay, {});
        await setEndpoint(id, { status: 'enabled', disabled_reason: null });
        return status;
      },
    },
  };
}
