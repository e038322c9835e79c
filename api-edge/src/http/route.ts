import type Router from '@koa/router';
import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import type Koa from 'koa';
import { z } from 'zod';
import { refuse, refuseFields, type ProblemCode, type Refusal } from '../problems.ts';
import { bodyLimitBytes, parseForm, parseJson, readBody } from './body.ts';
import { findCardNumbers, mayHoldCardNumber } from './card-numbers.ts';
import { isRefusal, type Answer, type Call, type Caller } from './call.ts';
import { describeOperation, refusesBadTokens } from './openapi.ts';
import type { RateLimits } from './rate-limits.ts';
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
  method: 'get' | 'post' | 'put' | 'delete';
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
  bodyType?: 'json' | 'form';
  body?: Body;
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
  /** The caller of a good token; null for every other header. */
  authenticate(authorization: string | undefined): Promise<Caller | null>;
  /** Has the caller's session been ended, by logout on any instance or by time? */
  sessionEnded(caller: Caller): Promise<boolean>;
};

/**
 * The one way an operation comes into being: `route(definition)` adds it to the OpenAPI document
 * and the router. Checks stand in this order: token, scope, session, content type, key, size,
 * JSON, fields; the first that fails is the answer.
 */
export function createRoute(options: {
  router: Router;
  registry: OpenAPIRegistry;
  gatekeeper: Gatekeeper;
  rateLimits: RateLimits;
  /** Hears of every definition, for the tests of the contract. */
  definitions: RouteDefinition[];
}): Route {
  const { router, registry, gatekeeper, rateLimits, definitions } = options;
  return (typed) => {
    // From here on the schemas are applied by hand, so their types no longer matter.
    const definition = typed as unknown as RouteDefinition;
    definitions.push(definition);
    describeOperation(registry, definition);
    const path = definition.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[definition.method](path, async (context) => {
      context.state.route = definition.path;
      writeAnswer(context, await perform(definition, { gatekeeper, rateLimits }, context));
    });
  };
}

async function perform(
  definition: RouteDefinition,
  { gatekeeper, rateLimits }: { gatekeeper: Gatekeeper; rateLimits: RateLimits },
  context: Koa.Context,
): Promise<Answer> {
  const session = { checked: false };
  const { authorization } = context.req.headers;
  const asks =
    definition.scope !== null || (authorization !== undefined && refusesBadTokens(definition));
  const caller = asks ? await gatekeeper.authenticate(authorization) : null;
  const refusal = await countRequest(definition, rateLimits, context, caller);
  if (refusal !== null) return refusal;
  if (definition.scope === null) {
    if (asks && caller === null) return refuse('unauthorized');
    return attempt(definition, context, { session });
  }
  if (caller === null) return refuse('unauthorized');
  if (!definition.idempotent) {
    if (await gatekeeper.sessionEnded(caller)) return refuse('unauthorized');
    session.checked = true;
  }
  const answer = caller.scopes.has(definition.scope)
    ? await attempt(definition, context, { session, caller })
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
async function countRequest(
  { method, path }: RouteDefinition,
  rateLimits: RateLimits,
  context: Koa.Context,
  caller: Caller | null,
): Promise<Refusal | null> {
  const principal = caller?.userId ?? context.req.socket.remoteAddress ?? '';
  const { remaining, retryAfterSeconds } = await rateLimits.take(principal, method + path);
  context.res.setHeader('RateLimit-Policy', rateLimits.policy);
  context.res.setHeader('RateLimit', remaining);
  return retryAfterSeconds === null ? null : refuse('rate_limited', { retryAfterSeconds });
}

const emptyQuery = noQuery.safeParse({});

function parseQuery({ query }: RouteDefinition, context: Koa.Context) {
  // Almost no request has one where none is expected.
  if (query === undefined && !context.req.url?.includes('?')) return emptyQuery;
  return (query ?? noQuery).safeParse(context.query);
}

async function attempt(
  definition: RouteDefinition,
  context: Koa.Context,
  who: { session: { checked: boolean }; caller?: Caller },
): Promise<Answer> {
  const params = definition.params?.safeParse(context.params);
  if (params?.success === false) return refuse('not_found');
  const query = parseQuery(definition, context);
  if (!query.success) return refuseInvalid(query.error, context.query);
  const body = await readValid(definition, context);
  if (!body.ok) return body.refusal;
  const { headers } = context.req;
  const call = {
    ...who,
    body: body.value,
    query: query.data,
    params: params?.data,
    requestId: context.state.requestId as string,
    traceparent: traceparentOf(headers.traceparent),
    idempotencyKey: (headers['idempotency-key'] as string | undefined) ?? '',
    waitMs: waitMsOf(headers.prefer),
    prefersHtml: () => context.accepts('json', 'html') === 'html',
    leavePlace: context.state.leavePlace as () => void,
    authorization: headers.authorization ?? null,
    address: context.req.socket.remoteAddress ?? '',
  };
  return definition.handler(call);
}

type ValidBody = { ok: true; value: unknown } | { ok: false; refusal: Refusal };

async function readValid(definition: RouteDefinition, context: Koa.Context): Promise<ValidBody> {
  const { headers } = context.req;
  const form = definition.bodyType === 'form';
  if (definition.body !== undefined && !hasType(headers['content-type'], form)) {
    return { ok: false, refusal: refuse('unsupported_media_type') };
  }
  if (definition.idempotent) {
    const key = headers['idempotency-key'];
    if (key === undefined) return { ok: false, refusal: refuse('idempotency_key_required') };
    if (typeof key !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(key)) {
      return { ok: false, refusal: refuse('idempotency_key_invalid') };
    }
  }
  if (definition.body === undefined) return { ok: true, value: undefined };
  const bytes = await readBody(context.req, bodyLimitBytes);
  if ('problem' in bytes) return { ok: false, refusal: bytes };
  const parsed = form ? { ok: true as const, value: parseForm(bytes) } : parseJson(bytes);
  if (!parsed.ok) return { ok: false, refusal: refuse('malformed_json') };
  const cards = mayHoldCardNumber(bytes) ? findCardNumbers(parsed.value) : [];
  if (cards.length > 0) {
    return { ok: false, refusal: refuseFields('card_number_not_allowed', cards) };
  }
  const valid = definition.body.safeParse(parsed.value);
  if (valid.success) return { ok: true, value: valid.data };
  return { ok: false, refusal: refuseInvalid(valid.error, parsed.value) };
}

function hasType(contentType: string | undefined, form: boolean): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  return type === (form ? 'application/x-www-form-urlencoded' : 'application/json');
}

const longestWaitSeconds = 10;

/** RFC 7240: a preference that is malformed is ignored. */
function waitMsOf(prefer: string | string[] | undefined): number {
  if (prefer === undefined) return 0;
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(String(prefer))?.[1];
  return seconds === undefined ? 0 : Math.min(Number(seconds), longestWaitSeconds) * 1_000;
}

const validTraceparent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function traceparentOf(header: string | string[] | undefined): string | null {
  return typeof header === 'string' && validTraceparent.test(header) ? header : null;
}
