import { randomUUID } from 'node:crypto';
import type { ApiRequest } from './api-client.ts';
import { disputeSamples } from './dispute-cases.ts';
import { fraudSamples } from './fraud-samples.ts';
import { ticketSamples } from './ticket-cases.ts';
import { settlementSamples } from './settlement-cases.ts';
import { paymentOf, testPassword, type TestUser } from './users.ts';

/** Who and what the samples are about. */
export type World = {
  payer: TestUser;
  payee: TestUser;
  /** A member of staff. */
  operatorToken: string;
  /** An analyst, and another one for what takes two. */
  analystId: string;
  analystToken: string;
  approverToken: string;
  refreshToken: string;
  /** The id of an object of the payer, by the path that shows it, or that needs another one. */
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
  ...fraudSamples(),
  ...disputeSamples(),
  ...ticketSamples(),
  ...settlementSamples(),
  'get /notifications': () => ({}),
  'post /notifications': ({ payer, operatorToken }) => ({
    token: operatorToken,
    json: {
      ...{
        user_id: payer.id,
        template: 'generic.message',
        channels: ['inbox', 'email', 'webhook'],
      },
      data: { title: 'Hello', text: 'A sample' },
    },
  }),
  'get /notification-preferences': () => ({}),
  'put /notification-preferences': () => ({
    json: { 'payment.failed': { inbox: true, email: false, webhook: false } },
  }),
  'get /notification-settings': () => ({}),
  'put /notification-settings': () => ({
    json: {
      ...{ email: true, language: 'de', time_zone: 'Europe/Berlin', digest: false },
      quiet_hours: { from: '22:00', until: '07:00' },
    },
  }),
  ...webhookSamples(),
  'get /wallets': () => ({}),
  'post /wallets': () => ({ json: { currency: 'EUR' } }),
  'get /wallets/{id}': () => ({}),
  'get /wallets/{id}/entries': () => ({}),
  'get /wallets/{id}/statement': () => ({}),
  ...staffSamples(),
  'post /withdrawals': ({ payer }) => ({
    key: randomUUID(),
    json: {
      ...{ wallet_id: payer.walletId, amount_minor: 5, currency: 'USD', destination: 'bank-1' },
    },
  }),
  'get /withdrawals/{id}': () => ({}),
  'get /withdrawals/{id}/history': () => ({}),
  'post /top-ups': ({ payer }) => ({
    key: randomUUID(),
    json: { wallet_id: payer.walletId, amount_minor: 5, currency: 'USD' },
  }),
  'get /top-ups/{id}': () => ({}),
  'get /top-ups/{id}/history': () => ({}),
  'post /payments': ({ payer, payee }) => ({
    key: randomUUID(),
    json: paymentOf(payer, payee, { capture: 'automatic' }),
  }),
  'post /payments/{id}/capture': ({ payee }) => ({
    ...{ key: randomUUID(), token: payee.token },
    json: { amount_minor: 5, final: false },
  }),
  'post /payments/{id}/cancel': () => ({ key: randomUUID(), json: { reason: 'changed my mind' } }),
  'get /actions/{id}': () => ({}),
  'post /refunds': ({ payee, ids }) => ({
    ...{ key: randomUUID(), token: payee.token },
    json: { payment_id: ids['/payments/{id}'], amount_minor: 5, reason: 'broken' },
  }),
  'get /refunds': () => ({}),
  'get /refunds/{id}': () => ({}),
  'get /refunds/{id}/history': () => ({}),
  'post /refunds/{id}/cancel': ({ payee }) => ({
    ...{ key: randomUUID(), token: payee.token, json: { reason: 'a mistake' } },
  }),
  'get /payments': () => ({}),
  'get /payments/{id}': () => ({}),
  'get /payments/{id}/history': () => ({}),
  'get /payments/{id}/events': () => ({}),
};

/** To an address that the tests' sandbox allows; nothing is sent there. */
function webhookSamples(): Record<string, () => Omit<Sample, 'path'>> {
  const json = { url: 'http://127.0.0.1:20000/hook', events: ['payment.captured', '*'] };
  return {
    'get /webhook-endpoints': () => ({}),
    'post /webhook-endpoints': () => ({ json }),
    'get /webhook-endpoints/{id}': () => ({}),
    'delete /webhook-endpoints/{id}': () => ({}),
    'post /webhook-endpoints/{id}/enable': () => ({}),
    'post /webhook-endpoints/{id}/rotate-secret': () => ({}),
    'get /webhook-endpoints/{id}/deliveries': () => ({}),
    'post /webhook-endpoints/{id}/deliveries/{delivery_id}/replay': () => ({}),
  };
}

/** What operators do. */
function staffSamples(): Record<string, (world: World) => Omit<Sample, 'path'>> {
  const byOperator = (json?: object, key?: true) => (world: World) => ({
    token: world.operatorToken,
    ...(json === undefined ? {} : { json }),
    ...(key === undefined ? {} : { key: randomUUID() }),
  });
  const reason = { reason: 'a sample' };
  const limits = { per_day_minor: null, per_month_minor: null, maximum_balance_minor: 100 };
  const tier = { name: 'sample', currency: 'USD', per_transaction_minor: 5, ...limits };
  return {
    'post /wallets/{id}/freeze': byOperator(reason),
    'post /wallets/{id}/unfreeze': byOperator(reason),
    'post /wallets/{id}/close': byOperator(reason),
    'put /wallets/{id}/tier': byOperator({ tier: null, ...reason }),
    'get /wallets/{id}/history': byOperator(),
    'get /kyc-tiers': byOperator(),
    'put /kyc-tiers': byOperator(tier),
    'get /merchants/{id}/settlement-settings': byOperator(),
    'put /merchants/{id}/settlement-settings': byOperator({
      ...{ mode: 'net_deferred', clearing_seconds: 60, minimum_minor: 0, destination: 'bank-1' },
    }),
    'get /merchants/{id}/terms': byOperator(),
    'put /merchants/{id}/terms': byOperator({
      ...{ fee_fixed_minor: 10, fee_basis_points: 100, refund_fee: 'kept' },
      ...{ dispute_fee_minor: 1_500, provisional_up_to_minor: 0, ...reason },
      second_person_above_minor: 50_000,
    }),
    'post /withdrawals/{id}/confirm': byOperator(reason, true),
    'post /withdrawals/{id}/return': byOperator(reason, true),
  };
}

/** @throws when nobody has given the operation a sample yet */
export function sampleOf(operation: { method: string; path: string }, world: World): Sample {
  const { method, path } = operation;
  const sample = samples[`${method} ${path}`];
  if (sample === undefined) throw new Error(`${method} ${path} needs a sample in samples.ts`);
  // At the token endpoint the header would be that of a back end.
  const token = path === '/token' ? {} : { token: world.payer.token };
  // Who removes needs an object of his own.
  const own = world.ids[`${method} ${path}`];
  const shown = own === undefined ? pathOf(path, world) : path.replace(/\{\w+\}/, own);
  return { path: shown, ...token, ...sample(world) };
}

/** The path of the payer's own object. */
function pathOf(path: string, { ids }: World): string {
  if (path.includes('{code}')) return path.replace('{code}', 'overloaded');
  if (!path.includes('{')) return path;
  const noun = path.slice(0, path.indexOf('}') + 1);
  const id = ids[path] ?? ids[noun];
  if (id === undefined) throw new Error(`${path} needs an id of ${noun} in the test's world`);
  return path.replace(/\{\w+\}/, id).replace(/\{\w+\}/, ids[`second of ${path}`] ?? 'a-value');
}
