import type { OpenAPIRegistry, ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problemDocument, problems, type ProblemCode } from '../problems.ts';
import { anyText, fields } from './fields.ts';
import { headerReference } from './openapi-headers.ts';
import type { ResponseDefinition, RouteDefinition } from './route.ts';
import { serviceScopes, type Scope } from './scopes.ts';

const problemCode = z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]).meta({
  id: 'ProblemCode',
  description: 'Stable; each is explained at `GET /errors/{code}`.',
});

const sentence = () => z.string().max(1_000).meta({ pattern: anyText });

/** RFC 9457, as every refusal is written. */
export const problemSchema = z
  .looseObject({
    type: z
      .string()
      .max(100)
      .regex(/^\/errors\/[a-z_]+$/)
      .meta({ description: 'URI reference.' }),
    title: sentence(),
    status: z.int().min(400).max(599),
    detail: sentence(),
    instance: z.string().max(2_000).regex(/^\//).meta({ description: 'The path asked for.' }),
    code: problemCode,
    request_id: z
      .string()
      .max(100)
      .regex(/^[\w-]+$/),
    errors: z
      .array(
        z.strictObject({
          pointer: z.string().max(1_000).meta({ description: 'RFC 6901.', pattern: '^[\\s\\S]*$' }),
          code: problemCode,
          detail: sentence(),
          line: z.int().min(1).optional().meta({ description: 'In a text of many lines.' }),
          column: z.int().min(1).optional(),
          rule_problem: z
            .string()
            .max(64)
            .regex(/^[a-z_]+$/)
            .optional()
            .meta({ description: 'What is wrong there.', example: 'unknown_attribute' }),
        }),
      )
      .max(50)
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `code` is stable.' });

/** Adds one operation to the document. */
export function describeOperation(registry: OpenAPIRegistry, definition: RouteDefinition): void {
  const { method, path, tag, summary, scope } = definition;
  registry.registerPath({
    method,
    path,
    summary,
    tags: [tag],
    operationId: operationIdOf(definition),
    description: describe(definition),
    security: securityOf(scope),
    ...(scope === null ? {} : { 'x-required-scope': scope }),
    request: requestOf(definition),
    responses: { ...goodResponses(definition), ...refusals(definition) },
  });
}

/** An empty requirement says in so many words that nobody needs a token. */
function securityOf(scope: Scope | null): Record<string, string[]>[] {
  if (scope === null) return [{}];
  const user = { accessToken: [] };
  return serviceScopes.includes(scope) ? [user, { clientCredentials: [scope] }] : [user];
}

function describe({ summary, description, scope }: RouteDefinition): string {
  const said = description ?? `${summary}.`;
  return scope === null ? said : `${said} Needs a token with the scope \`${scope}\`.`;
}

/** `POST /wallets/{id}/entries` is `post_wallets_id_entries`. */
function operationIdOf({ method, path }: RouteDefinition): string {
  return `${method}${path.replaceAll(/[^a-z0-9]+/gi, '_')}`.replace(/_$/, '');
}

function requestOf(definition: RouteDefinition): NonNullable<RouteConfig['request']> {
  const { body, query, params, idempotent, fromTicket = false } = definition;
  const type =
    definition.bodyType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    ...(body ? { body: { required: true, content: { [type]: { schema: body } } } } : {}),
    ...(query ? { query } : {}),
    ...(params ? { params } : {}),
    ...(idempotent ? { headers: fromTicket ? ticketHeaders : idempotentHeaders } : {}),
  };
}

const idempotentHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]{1,255}$/)
    .meta({
      description:
        'New for each operation, equal for each retry of it, as an order number or UUID.',
    }),
  // Whatever it says is taken: what is malformed is ignored.
  Prefer: z.any().optional().meta({
    description: '`wait=N`: wait up to N seconds (at most 10) for the outcome.',
    example: 'wait=5',
  }),
});

const ticketHeaders = idempotentHeaders.extend({
  'Ticket-Id': fields.id().optional().meta({
    description: 'Of the staff: the ticket from which it is done; the history keeps it.',
  }),
});

function goodResponses(definition: RouteDefinition): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(definition.responses).map(([status, response]) => [status, good(response)]),
  );
}

const alwaysSent = [
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'Access-Control-Allow-Origin',
] as const;

function good(response: ResponseDefinition): ResponseConfig {
  const text = { schema: { type: 'string' as const, maxLength: 10_000_000, pattern: anyText } };
  const content = {
    ...(response.schema === undefined ? {} : { 'application/json': { schema: response.schema } }),
    ...Object.fromEntries((response.texts ?? []).map((type) => [type, text])),
  };
  return {
    description: response.description,
    headers: headersNamed([...alwaysSent, ...(response.headers ?? [])]),
    ...(Object.keys(content).length === 0 ? {} : { content }),
  };
}

function headersNamed(names: readonly string[]): NonNullable<ResponseConfig['headers']> {
  return Object.fromEntries(names.map((name) => [name, headerReference(name)]));
}

/** Every code an operation may refuse with, by status. */
function refusals(definition: RouteDefinition): Record<string, ResponseConfig> {
  const byStatus = Map.groupBy(problemsOf(definition), (code) => problems[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [String(status), refusal(definition, status, codes)]),
  );
}

/** With such an answer `Retry-After` may come. */
const retriedStatuses: ReadonlySet<number> = new Set([409, 429, 503]);

function refusal(
  definition: RouteDefinition,
  status: number,
  codes: readonly ProblemCode[],
): ResponseConfig {
  const examples = codes.map((code) => [code, { value: exampleOf(code, definition.path) }]);
  return {
    description: codes.map((code) => `\`${code}\`: ${problems[code][2]}`).join(' '),
    headers: headersNamed([
      ...alwaysSent,
      ...(retriedStatuses.has(status) ? ['Retry-After'] : []),
      ...(status === 401 ? ['WWW-Authenticate'] : []),
    ]),
    content: {
      'application/problem+json': {
        schema: problemSchema,
        examples: Object.fromEntries(examples) as Record<string, { value: object }>,
      },
    },
  };
}

function exampleOf(problem: ProblemCode, path: string): object {
  return problemDocument(
    { problem },
    { path: path.replaceAll(/\{\w+\}/g, exampleId), requestId: '9f2c41d07ab3-1a' },
  );
}

/** The id in every example. */
export const exampleId = '3f0e7a52-6d1c-8b4e-9a70-5c2d1e8f4b63';

/**
 * Is a bad token refused, although none is needed? Not where one gets tokens: there the old one
 * may still be sent along.
 */
export function refusesBadTokens({ scope, errors }: RouteDefinition): boolean {
  return scope === null && !errors.some((code) => problems[code][0] === 401);
}

/** The codes of a definition: its own and those that follow from its fields. */
export function problemsOf(definition: RouteDefinition): ProblemCode[] {
  const codes = new Set<ProblemCode>(definition.errors);
  const add = (...more: ProblemCode[]): void => more.forEach((code) => codes.add(code));
  if (definition.scope !== null) add('unauthorized', 'insufficient_scope', 'unavailable');
  if (refusesBadTokens(definition)) add('unauthorized');
  if (definition.body !== undefined) add('unsupported_media_type', 'payload_too_large');
  if (definition.body !== undefined) add('card_number_not_allowed');
  if (definition.body !== undefined) add('missing_field', 'unknown_field', 'invalid_field');
  if (definition.body !== undefined && definition.bodyType !== 'form') add('malformed_json');
  if (definition.query !== undefined) add('invalid_field');
  if (definition.params !== undefined) add('not_found');
  if (definition.fromTicket === true) {
    add('ticket_not_found', 'ticket_closed', 'not_allowed_for_party');
  }
  if (definition.idempotent) {
    add('idempotency_key_required', 'idempotency_key_invalid');
    add('idempotency_key_reused', 'idempotency_key_in_use');
  }
  add('unknown_field', 'rate_limited', 'overloaded', 'internal_error');
  return [...codes];
}
