import { OpenApiGeneratorV31 } from '@asteasolutions/zod-to-openapi';
import type { OpenAPIRegistry, ResponseConfig, RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { problems, type ProblemCode } from '../problems.ts';
import type { ResponseDefinition, RouteDefinition } from './route.ts';
import { scopes } from './scopes.ts';

const problemCode = z.enum(Object.keys(problems) as [ProblemCode, ...ProblemCode[]]);

/** RFC 9457, as every refusal is written. */
export const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int().min(400).max(599),
    detail: z.string(),
    instance: z.string(),
    code: problemCode,
    request_id: z.string(),
    errors: z
      .array(z.strictObject({ pointer: z.string(), code: problemCode, detail: z.string() }))
      .optional(),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details; `code` is stable.' });

/** Adds one operation to the document. */
export function describeOperation(registry: OpenAPIRegistry, definition: RouteDefinition): void {
  const { method, path, tag, summary, description, scope } = definition;
  registry.registerPath({
    method,
    path,
    summary,
    tags: [tag],
    operationId: operationIdOf(definition),
    ...(description === undefined ? {} : { description }),
    security: scope === null ? [] : [{ accessToken: [scope] }],
    request: requestOf(definition),
    responses: { ...goodResponses(definition), ...refusals(definition) },
  });
}

/** `POST /wallets/{id}/entries` is `post_wallets_id_entries`. */
function operationIdOf({ method, path }: RouteDefinition): string {
  return `${method}${path.replaceAll(/[^a-z0-9]+/gi, '_')}`.replace(/_$/, '');
}

function requestOf(definition: RouteDefinition): NonNullable<RouteConfig['request']> {
  const { body, query, params, idempotent } = definition;
  const type =
    definition.bodyType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    ...(body ? { body: { required: true, content: { [type]: { schema: body } } } } : {}),
    ...(query ? { query } : {}),
    ...(params ? { params } : {}),
    ...(idempotent ? { headers: idempotentHeaders } : {}),
  };
}

const idempotentHeaders = z.object({
  'Idempotency-Key': z
    .string()
    .min(1)
    .max(255)
    .regex(/^[\x21-\x7e]{1,255}$/)
    .meta({ description: 'New for each operation, equal for each retry of it.' }),
  Prefer: z
    .string()
    .optional()
    .meta({ description: '`wait=N`: wait up to N seconds (at most 10) for the outcome.' }),
});

function goodResponses(definition: RouteDefinition): Record<string, ResponseConfig> {
  return Object.fromEntries(
    Object.entries(definition.responses).map(([status, response]) => [status, good(response)]),
  );
}

function good(response: ResponseDefinition): ResponseConfig {
  const headers = Object.fromEntries(
    ['X-Request-Id', ...(response.headers ?? [])].map((name) => [
      name,
      { schema: { type: 'string' as const } },
    ]),
  );
  return {
    description: response.description,
    headers,
    ...(response.schema === undefined
      ? {}
      : { content: { 'application/json': { schema: response.schema } } }),
  };
}

/** Every code an operation may refuse with, by status. */
function refusals(definition: RouteDefinition): Record<string, ResponseConfig> {
  const byStatus = Map.groupBy(problemsOf(definition), (code) => problems[code][0]);
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      String(status),
      {
        description: codes.map((code) => `\`${code}\`: ${problems[code][2]}`).join(' '),
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    ]),
  );
}

/** The codes of a definition: its own and those that follow from its fields. */
export function problemsOf(definition: RouteDefinition): ProblemCode[] {
  const codes = new Set<ProblemCode>(definition.errors);
  const add = (...more: ProblemCode[]): void => more.forEach((code) => codes.add(code));
  if (definition.scope !== null) add('unauthorized', 'insufficient_scope', 'unavailable');
  if (definition.body !== undefined) add('unsupported_media_type', 'payload_too_large');
  if (definition.body !== undefined) add('missing_field', 'unknown_field', 'invalid_field');
  if (definition.body !== undefined && definition.bodyType !== 'form') add('malformed_json');
  if (definition.query !== undefined) add('invalid_field');
  if (definition.params !== undefined) add('not_found');
  if (definition.idempotent) {
    add('idempotency_key_required', 'idempotency_key_invalid');
    add('idempotency_key_reused', 'idempotency_key_in_use');
  }
  add('overloaded', 'internal_error');
  return [...codes];
}

const scopeList = Object.entries(scopes)
  .map(([scope, meaning]) => `\`${scope}\` (${meaning.toLowerCase()})`)
  .join(', ');

/** The OpenAPI 3.1 document of everything that has been registered. */
export function openApiDocument(registry: OpenAPIRegistry): object {
  registry.registerComponent('securitySchemes', 'accessToken', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: `The access token of POST /login or POST /token. Scopes: ${scopeList}.`,
  });
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Wallet API',
      version: '0.1.0',
      description:
        'A digital wallet. Amounts are integers in minor units. Every refusal is a problem of ' +
        '`GET /errors`. Retry with the same Idempotency-Key: nothing is ever paid twice.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
  });
}
