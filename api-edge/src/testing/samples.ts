import { randomUUID } from 'node:crypto';
import type { ApiRequest } from './api-client.ts';
import { paymentOf, testPassword, type TestUser } from './users.ts';

/** Who and what the samples are about. */
export type World = {
  payer: TestUser;
  payee: TestUser;
  refreshToken: string;
  /** The id of an object of the payer, by the path that shows it. */
  ids: Readonly<Record<string, string>>;
};

export type Sample = ApiRequest & { path: string };

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

/**
 * A good request for each operation, as `post /payments`. Tests of the contract go through all
 * operations: a new one must be added here.
 */
const samples: Readonly<Record<string, (world: World) => Omit<Sample, 'path'>>> = {
  'get /': () => ({}),
  'get /docs': () => ({}),
  'get /docs/reference.js': () => ({}),
  'get /errors': () => ({}),
  'get /errors/{code}': () => ({}),
  'get /openapi.json': () => ({}),
  'post /register': () => ({
    json: {
      email: `sample-${randomUUID()}@wallet.test`,
      password: testPassword,
      name: 'A Sample',
      kind: 'customer',
      currency: 'USD',
    },
  }),
  'post /login': ({ payer }) => ({ json: { email: payer.email, password: testPassword } }),
  'post /token': ({ refreshToken }) => ({
    headers: form,
    raw: `grant_type=refresh_token&client_id=wallet-app&refresh_token=${refreshToken}`,
  }),
  'post /logout': () => ({}),
  'get /notifications': () => ({}),
  'get /wallets': () => ({}),
  'post /wallets': () => ({ json: { currency: 'EUR' } }),
  'get /wallets/{id}': () => ({}),
  'get /wallets/{id}/entries': () => ({}),
  'post /top-ups': ({ payer }) => ({
    key: randomUUID(),
    json: { wallet_id: payer.walletId, amount_minor: 5, currency: 'USD' },
  }),
  'get /top-ups/{id}': () => ({}),
  'post /payments': ({ payer, payee }) => ({
    key: randomUUID(),
    json: paymentOf(payer, payee, { capture: 'automatic' }),
  }),
  'get /payments/{id}': () => ({}),
};

/** @throws when nobody has given the operation a sample yet */
export function sampleOf(operation: { method: string; path: string }, world: World): Sample {
  const { method, path } = operation;
  const sample = samples[`${method} ${path}`];
  if (sample === undefined) throw new Error(`${method} ${path} needs a sample in samples.ts`);
  // At the token endpoint the header would be that of a back end.
  const token = path === '/token' ? {} : { token: world.payer.token };
  return { path: pathOf(path, world), ...token, ...sample(world) };
}

/** The path of the payer's own object. */
function pathOf(path: string, { ids }: World): string {
  if (path.includes('{code}')) return path.replace('{code}', 'overloaded');
  if (!path.includes('{id}')) return path;
  const noun = path.slice(0, path.indexOf('{id}') + '{id}'.length);
  const id = ids[noun];
  if (id === undefined) throw new Error(`${path} needs an id of ${noun} in the test's world`);
  return path.replace('{id}', id);
}
