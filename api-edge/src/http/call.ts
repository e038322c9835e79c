import type { UserRole } from '@wallet/core-ledger';
import type { Refusal } from '../problems.ts';
import type { Scope } from './scopes.ts';
import type { StreamedBody } from './streams.ts';

/** Who calls, as a verified access token says. */
export type Caller = {
  readonly userId: string;
  readonly role: UserRole;
  readonly sessionId: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly tokenExpiresAtMs: number;
};

/** One request after validation: what a handler gets. */
export type Call<Body = undefined, Query = undefined, Params = undefined> = {
  readonly caller: Caller;
  readonly body: Body;
  readonly query: Query;
  readonly params: Params;
  readonly requestId: string;
  /** W3C trace context of the request's own step, or as the client sent it; null without any. */
  readonly traceparent: string | null;
  /** Empty where the route asks for none. */
  readonly idempotencyKey: string;
  /** `Ticket-Id`: the ticket from which a member of staff does it; null where none is taken. */
  readonly ticketId: string | null;
  /** `Prefer: wait=N` in milliseconds; 0 when not asked for. */
  readonly waitMs: number;
  /** Would the client rather have a page than JSON? */
  prefersHtml(): boolean;
  /** Of these media types the one the client would rather have; null when it takes none. */
  prefers<Type extends string>(types: readonly Type[]): Type | null;
  /** `Last-Event-ID`: the event after which a client that comes back goes on. */
  readonly lastEventId: string | null;
  /** The header `Authorization`, which only the token endpoint reads by itself. */
  readonly authorization: string | null;
  /** The address of the client's connection. */
  readonly address: string;
  /** Gives up the request's place among those in flight: from here on it only waits. */
  leavePlace(): void;
  /** `checked` is set by whoever has made sure that the caller's session has not ended. */
  readonly session: { checked: boolean };
};

/** What a handler answers: a body that is still to be written as JSON, or written already. */
export type Reply = {
  readonly status: number;
  readonly body?: unknown;
  /** The body as JSON text, made once. */
  readonly json?: string;
  /** The body as it is; `headers` must say what it is. */
  readonly text?: string | Buffer;
  /** Makes the body while it is written; called once. `headers` must say what it is. */
  readonly stream?: StreamedBody;
  readonly headers?: Readonly<Record<string, string>>;
};

export type Answer = Reply | Refusal;

export function isRefusal(answer: object): answer is Refusal {
  return 'problem' in answer;
}
