import type { HttpAnswer, HttpClient, HttpRequest } from '../support/http-client.ts';
import type { PaymentRequest } from './bad-requests.ts';
import type { ActKind, Order } from './behaviour.ts';
import { deliver } from './delivery.ts';
import type { Enrolled, Town } from './enrolment.ts';
import type { Owner, Sessions } from './sessions.ts';
import type { Tally } from './tally.ts';
import type { PaymentTerms, Told } from './told.ts';

export type OutgoingRequest = HttpRequest & { headers: Record<string, string> };

/** A payment that was acknowledged, as it was sent: what a repeat repeats. */
export type Acknowledged = {
  id: string;
  order: Order;
  request: OutgoingRequest;
  /** null when the first answer was waited for: it is not the one that comes again */
  first: { status: number; text: string } | null;
};

/** What every act needs: writing requests, sending them, and keeping count of the answers. */
export type Desk = {
  readonly town: Town;
  readonly told: Told;
  readonly currency: string;
  readonly acknowledged: Acknowledged[];
  /** @param rank 0 ≤ x < 1 @returns undefined as long as nothing was acknowledged */
  pickAcknowledged(rank: number): Acknowledged | undefined;
  bearerOf(owner: Owner): Promise<string>;
  requestOf(order: Order, key: string, by: Owner): Promise<PaymentRequest>;
  termsOf(order: Order): PaymentTerms;
  /** Anybody who is no party of the order. */
  strangerTo(order: Order): Enrolled | undefined;
  /** @returns the answer, or null when the outcome stayed unknown after all tries */
  send(kind: ActKind, request: HttpRequest): Promise<HttpAnswer | null>;
  /** Puts an answer that the contract does not allow among the differences. */
  complain(act: string, id: string, expected: string, answer: HttpAnswer): void;
};

export type DeskDeps = {
  client: HttpClient;
  sessions: Sessions;
  town: Town;
  told: Told;
  tally: Tally;
  currency: string;
};

const shownCharacters = 300;

export function createDesk({ client, sessions, town, told, tally, currency }: DeskDeps): Desk {
  const acknowledged: Acknowledged[] = [];
  const walletOf = (ref: Order['payer']): string => town.enrolledOf(ref).walletId;

  return {
    town,
    told,
    currency,
    acknowledged,
    pickAcknowledged: (rank) => acknowledged[Math.floor(rank * acknowledged.length)],
    bearerOf: (owner) => sessions.bearerOf(owner),
    requestOf: async (order, key, by) => ({
      headers: {
        authorization: await sessions.bearerOf(by),
        'content-type': 'application/json',
        'idempotency-key': key,
      },
      body: {
        payer_wallet_id: walletOf(order.payer),
        payee_wallet_id: walletOf(order.payee),
        amount_minor: order.amountMinor,
        currency,
        capture: order.capture,
        description: order.description,
        context: order.context,
      },
    }),
    termsOf: (order) => ({
      payerWalletId: walletOf(order.payer),
      payeeWalletId: walletOf(order.payee),
      amountMinor: BigInt(order.amountMinor),
      currency,
      toMerchant: order.payee.kind === 'merchant',
    }),
    strangerTo(order) {
      const parties = [town.enrolledOf(order.payer).owner, town.enrolledOf(order.payee).owner];
      const from = order.payer.index + 1;
      const people = [...town.everybody.slice(from), ...town.everybody.slice(0, from)];
      return people.find(({ owner }) => !parties.includes(owner));
    },
    async send(kind, request) {
      tally.sent += 1;
      const { answer, retries } = await deliver(() => client.send(request));
      tally.retries += retries;
      tally.count(kind, answer === null ? 'no answer' : wordsOf(answer));
      return answer;
    },
    complain(act, id, expected, answer) {
      const requestId = String(answer.headers['x-request-id']);
      const found = `${answer.status} ${answer.text.slice(0, shownCharacters)}`;
      tally.unlawful.push({
        kind: 'answer_differs',
        id,
        told: `${act}: ${expected}`,
        found: `${found} (request ${requestId})`,
      });
    },
  };
}

/** @param waitSeconds for `Prefer: wait`; null waits for nothing */
export function asHttp(request: PaymentRequest, waitSeconds: number | null): OutgoingRequest {
  const prefer: Record<string, string> =
    waitSeconds === null ? {} : { prefer: `wait=${waitSeconds}` };
  return {
    method: 'POST',
    path: '/payments',
    headers: { ...request.headers, ...prefer },
    body: request.raw ?? JSON.stringify(request.body),
  };
}

export function isAccepted(answer: HttpAnswer, waitSeconds: number | null): boolean {
  return answer.status === 202 || (answer.status === 200 && waitSeconds !== null);
}

/** @param code undefined where the contract names none */
export function isProblem(answer: HttpAnswer, status: number, code: string | undefined): boolean {
  return answer.status === status && (code === undefined || answer.json?.['code'] === code);
}

function wordsOf({ status, json }: HttpAnswer): string {
  const code = json?.['code'];
  return typeof code === 'string' ? `${status} ${code}` : `${status}`;
}
