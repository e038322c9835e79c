import { randomUUID } from 'node:crypto';
import type { Sample, World } from './samples.ts';
import { decidedInBetween, keyInUse, type Cases, type Ways } from './ways.ts';

/** Good requests for the operations of tickets. */
export function ticketSamples(): Record<string, (world: World) => Omit<Sample, 'path'>> {
  const byAgent = (json: (world: World) => object) => (world: World) => ({
    ...{ token: world.operatorToken, key: randomUUID(), json: json(world) },
  });
  return {
    'post /tickets': ({ ids }) => ({
      key: randomUUID(),
      json: {
        ...{ subject: 'Where is it?', body: 'Nothing came.' },
        links: [{ kind: 'payment', id: ids['/payments/{id}'] }],
      },
    }),
    'get /tickets': () => ({}),
    'get /tickets/{id}': () => ({}),
    'get /tickets/{id}/history': () => ({}),
    'get /tickets/{id}/messages': () => ({}),
    'get /tickets/{id}/deeds': ({ operatorToken }) => ({ token: operatorToken }),
    'post /tickets/{id}/messages': () => ({ key: randomUUID(), json: { body: 'Well?' } }),
    'post /tickets/{id}/transitions': () => ({ key: randomUUID(), json: { to: 'resolved' } }),
    'post /tickets/{id}/assignment': byAgent(() => ({ owner_id: null, priority: 'high' })),
    'post /tickets/{id}/links': byAgent(({ ids }) => ({
      ...{ kind: 'payment', id: ids['/payments/{id}'] },
    })),
    'post /tickets/{id}/merge': byAgent(({ ids }) => ({ into_id: ids['/tickets/{id}'] })),
  };
}

/** How the statuses of the tickets' operations come about, for the tests of the contract. */
export function createTicketCases(deps: Cases) {
  const { db, world } = deps;
  /** A ticket of the payer, as the processor writes it. */
  const insert = async (status: string, id: string = randomUUID()): Promise<string> => {
    const now = new Date();
    const isWaiting = status === 'pending_customer' || status === 'resolved';
    await db.knex('ticket').insert({
      ...{ id, requester_id: world().payer.id, accepted_at: now, changed_at: now },
      ...{ first_response_spent_ms: 0, update_spent_ms: 0, resolution_spent_ms: 0 },
      ...{ deadline_at: isWaiting ? new Date(now.getTime() + 86_400_000) : null },
      ...{ version: 1, messages: 1, links: 0, status, opened_by: 'requester' },
      ...{ priority: 'normal', team: 'service', subject: 'Where is it?' },
    });
    return id;
  };
  return {
    insert,
    /** Ids for the paths of tickets. */
    ids: async (): Promise<Record<string, string>> => ({
      '/tickets/{id}': await insert('open'),
      '/tickets/{id}/merge': await insert('open'),
    }),
    apart: { ...openingWays(deps, insert), ...actionWays(deps, insert) },
  };
}

type Insert = (status: string, id?: string) => Promise<string>;

function openingWays({ send }: Cases, insert: Insert): Ways {
  const ticket = { subject: 'Where is it?', body: 'Nothing came.' };
  return {
    'post /tickets 200': async () => {
      const key = randomUUID();
      const accepted = await send('post /tickets', { key });
      await insert('new', accepted.body.id as string);
      return (await send('post /tickets', { key, prefer: 'wait=5' })).status;
    },
    'post /tickets 409': () => keyInUse({ send }, 'post /tickets'),
    'post /tickets 404': async () => {
      const json = { ...ticket, links: [{ kind: 'payment', id: randomUUID() }] };
      return (await send('post /tickets', { json })).status;
    },
  };
}

const actions = ['messages', 'transitions', 'assignment', 'links', 'merge'];

function actionWays({ db, send }: Cases, insert: Insert): Ways {
  const ways: Ways = {};
  for (const action of actions) {
    const name = `post /tickets/{id}/${action}`;
    ways[`${name} 200`] = () => decidedInBetween({ db, send }, name, 'ticket');
    ways[`${name} 409`] = async () => {
      const id = await insert('closed');
      await db.knex('ticket').where({ id }).update({ follow_up_id: randomUUID() });
      return (await send(name, { path: `/tickets/${id}/${action}` })).status;
    };
  }
  return ways;
}
