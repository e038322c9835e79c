import { randomUUID } from 'node:crypto';
import { sandboxPassword } from '@wallet/stack';
import { createHttpClient, type HttpAnswer, type HttpClient } from './http-client.ts';

export type PaymentOrder = {
  from: string;
  to: string;
  amountMinor: unknown;
  capture?: 'automatic' | 'manual';
  currency?: string;
};

export type SendOptions = {
  /** Idempotency-Key; a new one by default. */
  key?: string;
  /** Seconds of `Prefer: wait`. */
  wait?: number;
  /** The ticket from which it is done. */
  ticket?: string;
};

/** Somebody who is logged in. Every call resolves with whatever the edge answers. */
export type Person = {
  readonly bearer: string;
  readonly email: string;
  get(path: string): Promise<HttpAnswer>;
  /** What a list shows; empty when it is none. */
  rows(path: string): Promise<Record<string, unknown>[]>;
  post(path: string, body: unknown, options?: SendOptions): Promise<HttpAnswer>;
  put(path: string, body: unknown): Promise<HttpAnswer>;
  pay(order: PaymentOrder, options?: SendOptions): Promise<HttpAnswer>;
};

/** Somebody who was just registered, with a wallet of their own. */
export type Resident = Person & {
  readonly userId: string;
  readonly walletId: string;
  /** The wallet as it is shown to its owner. @throws when it is not shown */
  wallet(): Promise<Record<string, unknown>>;
};

export type Api = {
  readonly http: HttpClient;
  logIn(email: string, password: string): Promise<Person>;
  /** Somebody of a seeded sandbox: customer1, merchant1, operator1, analyst2, support1 … */
  seeded(name: string): Promise<Person>;
  register(kind: 'customer' | 'merchant', currency?: string): Promise<Resident>;
  /** A new customer with that much on the wallet. */
  customerWith(amountMinor: number, currency?: string): Promise<Resident>;
  close(): void;
};

/** The edge as a client sees it. @param edgeUrl such as http://127.0.0.1:8080 */
export function createApi(edgeUrl: string): Api {
  const http = createHttpClient({ baseUrl: edgeUrl });
  const json = { 'content-type': 'application/json' };

  const personOf = (email: string, bearer: string): Person => {
    const post: Person['post'] = (path, body, options = {}) =>
      http.send({
        method: 'POST',
        path,
        headers: {
          ...json,
          authorization: bearer,
          'idempotency-key': options.key ?? randomUUID(),
          ...(options.wait === undefined ? {} : { prefer: `wait=${options.wait}` }),
          ...(options.ticket === undefined ? {} : { 'ticket-id': options.ticket }),
        },
        body: JSON.stringify(body),
      });
    const get: Person['get'] = (path) =>
      http.send({ method: 'GET', path, headers: { authorization: bearer } });
    return {
      bearer,
      email,
      get,
      rows: async (path) => ((await get(path)).json?.['data'] ?? []) as Record<string, unknown>[],
      post,
      put: (path, body) =>
        http.send({
          ...{ method: 'PUT', path, headers: { ...json, authorization: bearer } },
          body: JSON.stringify(body),
        }),
      pay: ({ from, to, amountMinor, capture = 'automatic', currency = 'USD' }, options) =>
        post(
          '/payments',
          {
            payer_wallet_id: from,
            payee_wallet_id: to,
            amount_minor: amountMinor,
            currency,
            capture,
          },
          options,
        ),
    };
  };
  const logIn: Api['logIn'] = async (email, password) => {
    const body = JSON.stringify({ email, password });
    const answer = await http.send({ method: 'POST', path: '/login', headers: json, body });
    return personOf(email, `Bearer ${String(memberOf(answer, 200, 'access_token'))}`);
  };
  const register: Api['register'] = async (kind, currency = 'USD') => {
    const email = `${kind}-${randomUUID()}@wallet.test`;
    const password = randomUUID();
    const body = JSON.stringify({ email, password, name: `A ${kind}`, kind, currency });
    const answer = await http.send({ method: 'POST', path: '/register', headers: json, body });
    const userId = String(memberOf(answer, 201, 'user_id'));
    const walletId = String(memberOf(answer, 201, 'wallet_id'));
    const person = await logIn(email, password);
    const wallet = async (): Promise<Record<string, unknown>> => {
      const { status, json, text } = await person.get(`/wallets/${walletId}`);
      if (status !== 200 || json === undefined) throw new Error(`${status} ${text}`);
      return json;
    };
    return { ...person, userId, walletId, wallet };
  };

  return {
    http,
    logIn,
    seeded: (name) => logIn(`${name}@wallet.test`, sandboxPassword),
    register,
    async customerWith(amountMinor, currency = 'USD') {
      const person = await register('customer', currency);
      const body = { wallet_id: person.walletId, amount_minor: amountMinor, currency };
      const answer = await person.post('/top-ups', body, { wait: 10 });
      if (memberOf(answer, 200, 'status') === 'succeeded') return person;
      throw new Error(`the top-up did not succeed: ${answer.text}`);
    },
    close: () => http.close(),
  };
}

/** @throws with the whole answer when it has another status or lacks the member */
export function memberOf(answer: HttpAnswer, status: number, member: string): unknown {
  const value = answer.json?.[member];
  if (answer.status === status && value !== undefined) return value;
  throw new Error(`wanted ${status} with ${member}, got ${answer.status}: ${answer.text}`);
}
