import { randomUUID } from 'node:crypto';
import type { ApiClient, ApiRequest } from './api-client.ts';
import { createFraudObjects, type FraudObjects } from './fraud-objects.ts';
import { sampleRules } from './fraud-samples.ts';
import type { TestGround } from './test-edge.ts';
import { newUserOfRole, type TestUser } from './users.ts';
import { waitUntil } from './wait-until.ts';
import type { Cases } from './ways.ts';

type Deps = Pick<Cases, 'world' | 'send'> & { ground: TestGround; api: ApiClient };

const set = '/fraud/rulesets/{id}';
const cases = '/fraud/cases/{id}';

/** Two of them: what one submits the other approves. */
export async function newAnalysts(api: ApiClient, ground: TestGround, passwordOf: TestUser) {
  const [one, other] = [
    await newUserOfRole(api, ground, 'analyst', passwordOf),
    await newUserOfRole(api, ground, 'analyst', passwordOf),
  ];
  return { analystId: one.id, analystToken: one.token, approverToken: other.token };
}

/** How the statuses of the analyst's operations come about, for the tests of the contract. */
export async function createFraudCases(deps: Deps) {
  const objects = createFraudObjects(deps);
  const tries = createTries(deps);
  return {
    ids: await objects.ids(),
    apart: {
      ...ofDecisions(tries, deps),
      ...ofRuleSets(tries, deps, objects),
      ...ofLists(tries),
      ...ofBacktests(tries, objects),
      ...ofCases(tries, deps, objects),
    },
  };
}

type Apart = Record<string, () => Promise<number>>;
type Tries = ReturnType<typeof createTries>;

function createTries({ send }: Deps) {
  const statusOf = async (name: string, change: ApiRequest & { path?: string }): Promise<number> =>
    (await send(name, change)).status;
  const on = (name: string, id: string) => ({
    path: name.split(' ')[1]?.replace('{id}', id) ?? '',
  });
  const refusedOn = (name: string, id: () => Promise<string>) => async () =>
    statusOf(name, on(name, await id()));
  return { statusOf, on, refusedOn };
}

function ofDecisions({ statusOf }: Tries, { world }: Deps): Apart {
  return {
    'post /fraud_detection 200': async () => {
      const ask = () => statusOf('post /fraud_detection', {});
      await waitUntil(async () => (await ask()) === 200, 'the fraud desk is open');
      return ask();
    },
    'post /fraud_detection 404': () => {
      const { walletId } = world().payer;
      const rest = { amount_minor: 5, currency: 'USD', payer_wallet_id: walletId };
      return statusOf('post /fraud_detection', {
        json: { ...rest, payee_wallet_id: randomUUID() },
      });
    },
    'get /fraud/decisions/{payment_id} 404': () =>
      statusOf('get /fraud/decisions/{payment_id}', { path: `/fraud/decisions/${randomUUID()}` }),
  };
}

function ofRuleSets(
  { statusOf, on, refusedOn }: Tries,
  { send, world }: Deps,
  objects: FraudObjects,
): Apart {
  return {
    'post /fraud/rulesets 404': () =>
      statusOf('post /fraud/rulesets', {
        json: { name: 'x', rules: sampleRules, based_on: randomUUID() },
      }),
    [`put ${set} 409`]: refusedOn(`put ${set}`, () => objects.ruleSet('submitted')),
    [`post ${set}/shadow 409`]: refusedOn(`post ${set}/shadow`, () => objects.ruleSet('retired')),
    [`post ${set}/submit 409`]: refusedOn(`post ${set}/submit`, () => objects.ruleSet('retired')),
    [`post ${set}/approve 409`]: async () => {
      const id = await objects.ruleSet('submitted');
      const name = `post ${set}/approve`;
      return statusOf(name, { ...on(name, id), token: world().analystToken });
    },
    [`post ${set}/retire 409`]: refusedOn(`post ${set}/retire`, () => objects.live()),
    [`post ${set}/publish 409`]: refusedOn(`post ${set}/publish`, () => objects.ruleSet('draft')),
    'post /fraud/rulesets/rollback 200': async () => {
      const id = await objects.ruleSet('approved');
      await send(`post ${set}/publish`, on(`post ${set}/publish`, id));
      return statusOf('post /fraud/rulesets/rollback', {});
    },
    // Behind the first set that was ever published there is nothing.
    'post /fraud/rulesets/rollback 409': () => statusOf('post /fraud/rulesets/rollback', {}),
  };
}

function ofLists({ statusOf }: Tries): Apart {
  const entry = '/fraud/lists/{name}/entries/{value}';
  return {
    'post /fraud/lists 409': () =>
      statusOf('post /fraud/lists', { json: { name: 'trusted', description: 'again' } }),
    'get /fraud/lists/{name}/entries 404': () =>
      statusOf('get /fraud/lists/{name}/entries', { path: '/fraud/lists/nowhere/entries' }),
    [`put ${entry} 404`]: () =>
      statusOf(`put ${entry}`, { path: '/fraud/lists/nowhere/entries/x' }),
    [`delete ${entry} 404`]: () =>
      statusOf(`delete ${entry}`, { path: '/fraud/lists/trusted/entries/nothing' }),
    [`delete ${entry} 204`]: async () => {
      await statusOf(`put ${entry}`, {});
      return statusOf(`delete ${entry}`, {});
    },
  };
}

function ofBacktests({ statusOf, refusedOn }: Tries, objects: FraudObjects): Apart {
  const cancel = 'post /fraud/backtests/{id}/cancel';
  const range = { from: '2026-05-01T00:00:00Z', to: '2026-05-02T00:00:00Z' };
  return {
    'post /fraud/backtests 404': () =>
      statusOf('post /fraud/backtests', { json: { ruleset_id: randomUUID(), ...range } }),
    [`${cancel} 409`]: refusedOn(cancel, () => objects.failedBacktest()),
  };
}

function ofCases({ statusOf, refusedOn }: Tries, { send }: Deps, objects: FraudObjects): Apart {
  const waited = (action: 'approve' | 'reject') => async (): Promise<number> => {
    const key = randomUUID();
    const name = `post ${cases}/${action}`;
    const { body } = await send(name, { key });
    await objects.acted(body.payment_id as string, action, body.id as string);
    return statusOf(name, { key, prefer: 'wait=5' });
  };
  return {
    [`post ${cases}/assign 409`]: refusedOn(`post ${cases}/assign`, () => objects.closedCase()),
    [`post ${cases}/approve 409`]: refusedOn(`post ${cases}/approve`, () => objects.closedCase()),
    [`post ${cases}/reject 409`]: refusedOn(`post ${cases}/reject`, () => objects.closedCase()),
    [`post ${cases}/approve 200`]: waited('approve'),
    [`post ${cases}/reject 200`]: waited('reject'),
  };
}
