import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { arrive } from '@wallet/runtime';
import type Koa from 'koa';
import { z } from 'zod';
import { refuse, type ProblemCode, type Refusal } from '../problems.ts';
import type { LargeBody } from './body.ts';
import { isRefusal, type Answer, type Call, type Caller } from './call.ts';
import { describeOperation, refusesBadTokens } from './openapi.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Method, Routes } from './routes.ts';
import { createReadValid, type ReadValid } from './valid-body.ts';
import { refuseInvalid } from './validation.ts';
import type { Scope } from './scopes.ts';
import { writeAnswer } from './write-answer.ts';

type Output<Schema extends z.ZodType | undefined> = Schema extends z.ZodType
  ? z.output<Schema>
  : undefined;

/** Everything there is to say about an operation, said once. */
export type RouteDefinition<
  Body extends z.ZodType | undefined = z.ZodType | undefined,
  Query extends z.ZodObject | undefined = z.ZodObject | undefined,
  Params extends z.ZodObject | undefined = z.ZodObject | undefined,
  Needs extends Scope | null = Scope | null,
> = {
  method: Method;
  /** As OpenAPI writes it: `/payments/{id}`. */
  path: string;
  /** The noun under which the document lists it. */
  tag: string;
  summary: string;
  description?: string;
  /** What the token must be good for; null is open to anyone. */
  scope: Needs;
  /** Needs an Idempotency-Key; the handler goes through `accept`, which checks the session too. */
  idempotent: boolean;
  /** May be done from a ticket: takes the header `Ticket-Id` of the staff. */
  fromTicket?: boolean;
  bodyType?: 'json' | 'form';
  body?: Body;
  /** Where the contract's bound for bodies is too small. */
  largeBody?: LargeBody;
  query?: Query;
  /** An id that does not fit is an object that does not exist: 404. */
  params?: Params;
  /** Good answers by status. */
  responses: Readonly<Record<number, ResponseDefinition>>;
  /** What may be refused beyond what follows from the fields above. */
  errors: readonly ProblemCode[];
  handler(call: CallOf<Body, Query, Params, Needs>): Promise<Answer>;
};

export type ResponseDefinition = {
  description: string;
  /** Of a JSON answer. */
  schema?: z.ZodType;
  /** Other media types in which the answer may come. */
  texts?: readonly string[];
  headers?: readonly ('Location' | 'Preference-Applied' | 'Idempotency-Replayed')[];
};

type CallOf<
  Body extends z.ZodType | undefined,
  Query extends z.ZodType | undefined,
  Params extends z.ZodType | undefined,
  Needs extends Scope | null,
> = Needs extends null
  ? Omit<Call<Output<Body>, Output<Query>, Output<Params>>, 'caller' | 'session'>
  : Call<Output<Body>, Output<Query>, Output<Params>>;

/** Registers, mounts and guards one operation. */
export type Route = <
  Body extends z.ZodType | undefined = undefined,
  Query extends z.ZodObject | undefined = undefined,
  Params extends z.ZodObject | undefined = undefined,
  Needs extends Scope | null = Scope | null,
>(
  definition: RouteDefinition<Body, Query, Params, Needs>,
) => void;

export type Gatekeeper = {
  /** The caller of a good token; null for every other header. At once when the token is known. */
  authenticate(authorization: string | undefined): Promise<Caller | null> | Caller | null;
  /** Has the caller's session been ended, by logout on any instance or by time? */
  sessionEnded(caller: Caller): Promise<boolean>;
};

/**
 * The one way an operation comes into being: `route(definition)` adds it to the OpenAPI document
 * and the routes. Checks stand in this order: token, scope, session, content type, key, size,
 * JSON, fields; the first that fails is the answer.
 */
export function createRoute(options: {
  routes: Routes;
  registry: OpenAPIRegistry;
  gatekeeper: Gatekeeper;
  rateLimits: RateLimits;
  /** Hears of every definition, for the tests of the contract. */
  definitions: RouteDefinition[];
}): Route {
  const { routes, registry, gatekeeper, rateLimits, definitions } = options;
  return (typed) => {
    // From here on the schemas are applied by hand, so their types no longer matter.
    const definition = typed as unknown as RouteDefinition;
    definitions.push(definition);
    describeOperation(registry, definition);
    const operation = { definition, readValid: createReadValid(definition) };
    const name = `${definition.method.toUpperCase()} ${definition.path}`;
    routes.add(definition.method, definition.path, async (context) => {
      const { state } = context;
      state.route = definition.path;
      const { span, traceparent } = arrive(name, traceparentOf(context));
      state.span = span;
      state.traceparent = traceparent;
      const work = () => perform(operation, { gatekeeper, rateLimits }, context);
      writeAnswer(context, await (span === null ? work() : span.around(work)));
    });
  };
}

type Operation = {
  readonly definition: RouteDefinition;
  readonly readValid: ReadValid;
};

async function perform(
  operation: Operation,
  { gatekeeper, rateLimits }: { gatekeeper: Gatekeeper; rateLimits: RateLimits },
  context: Koa.Context,
): Promise<Answer> {
  const { definition } = operation;
  const session = { checked: false };
  const { authorization } = context.req.headers;
  const asks =
    definition.scope !== null || (authorization !== undefined && refusesBadTokens(definition));
  const known = asks ? gatekeeper.authenticate(authorization) : null;
  const caller = known instanceof Promise ? await known : known;
  const refusal = countRequest(definition, rateLimits, context, caller);
  if (refusal !== null) return refusal;
  if (definition.scope === null) {
    if (asks && caller === null) return refuse('unauthorized');
    return attempt(operation, context, { session });
  }
  if (caller === null) return refuse('unauthorized');
  if (!definition.idempotent) {
    if (await gatekeeper.sessionEnded(caller)) return refuse('unauthorized');
    session.checked = true;
  }
  const answer = caller.scopes.has(definition.scope)
    ? await attempt(operation, context, { session, caller })
    : refuse('insufficient_scope');
  // `accept` checks the session together with the key; a request refused before it got there is
  // checked here, so that an ended session learns nothing.
  if (isRefusal(answer) && !session.checked && (await gatekeeper.sessionEnded(caller))) {
    return refuse('unauthorized');
  }
  return answer;
}

/** A parameter that the operation does not have is refused like a field it does not have. */
const noQuery = z.strictObject({});

/** Takes the request from its caller's quotas, and says so in the answer. */
function countRequest(
  { method, path }: RouteDefinition,
  rateLimits: RateLimits,
  context: Koa.Context,
  caller: Caller | null,
): Refusal | null {
  const principal = caller?.userId ?? context.req.socket.remoteAddress ?? '';
  const { remaining, retryAfterSeconds } = rateLimits.take(principal, method + path);
  context.state.quota = ['RateLimit-Policy', rateLimits.policy, 'RateLimit', remaining];
  return retryAfterSeconds === null ? null : refuse('rate_limited', { retryAfterSeconds });
}

const emptyQuery = noQuery.safeParse({});

function parseQuery({ query }: RouteDefinition, context: Koa.Context) {
  // Almost no request has one where none is expected.
  if (query === undefined && !context.req.url?.includes('?')) return emptyQuery;
  return (query ?? noQuery).safeParse(context.query);
}

async function attempt(
  { definition, readValid }: Operation,
  context: Koa.Context,
  who: { session: { checked: boolean }; caller?: Caller },
): Promise<Answer> {
  const params = definition.params?.safeParse(context.params);
  if (params?.success === false) return refuse('not_found');
  const query = parseQuery(definition, context);
  if (!query.success) return refuseInvalid(query.error, context.query);
  const body = await readValid(context);
  if (!body.ok) return body.refusal;
  const { headers } = context.req;
  const call = {
    ...who,
    body: body.value,
    query: query.data,
    params: params?.data,
    requestId: context.state.requestId as string,
    traceparent: context.state.traceparent as string | null,
    idempotencyKey: (headers['idempotency-key'] as string | undefined) ?? '',
    ticketId: definition.fromTicket === true ? ticketIdOf(headers['ticket-id']) : null,
    waitMs: waitMsOf(headers.prefer),
    prefersHtml: () => context.accepts('json', 'html') === 'html',
    prefers: <Type extends string>(types: readonly Type[]) =>
      (context.accepts([...types]) || null) as Type | null,
    lastEventId: (headers['last-event-id'] as string | undefined) ?? null,
    leavePlace: context.state.leavePlace as () => void,
    authorization: headers.authorization ?? null,
    address: context.req.socket.remoteAddress ?? '',
  };
  return definition.handler(call);
}

/** Not yet known to be an id. */
function ticketIdOf(header: string | string[] | undefined): string | null {
  return header === undefined ? null : String(header).toLowerCase();
}

const longestWaitSeconds = 10;

/** RFC 7240: a preference that is malformed is ignored. */
function waitMsOf(prefer: string | string[] | undefined): number {
  if (prefer === undefined) return 0;
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(String(prefer))?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds), longestWaitSeconds) * 1_000;
}

function traceparentOf({ req }: Koa.Context): string | undefined {
  const header = req.headers['traceparent'];
  return typeof header === 'string' ? header : undefined;
}
