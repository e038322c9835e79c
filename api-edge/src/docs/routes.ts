import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { openApiDocument } from '../http/openapi.ts';
import type { Route } from '../http/route.ts';
import { problems } from '../problems.ts';

const linksSchema = z
  .strictObject({ name: z.string(), links: z.record(z.string(), z.string()) })
  .meta({ id: 'Links' });

const errorListSchema = z
  .strictObject({
    data: z.array(
      z.strictObject({
        code: z.string(),
        status: z.int(),
        title: z.string(),
        detail: z.string(),
      }),
    ),
  })
  .meta({ id: 'ErrorList' });

/** What a developer reads first. The documents are made once, when first asked for. */
export function documentRoutes(route: Route, registry: OpenAPIRegistry): void {
  let openApi: string | null = null;
  const errors = JSON.stringify({
    data: Object.entries(problems).map(([code, [status, title, detail]]) => ({
      code,
      status,
      title,
      detail,
    })),
  });
  const open = { method: 'get', tag: 'documents', scope: null, idempotent: false } as const;
  route({
    ...open,
    path: '/',
    summary: 'Where to begin',
    responses: { 200: { description: 'Links.', schema: linksSchema } },
    errors: [],
    handler: () =>
      Promise.resolve({
        status: 200,
        body: {
          name: 'Wallet API',
          links: { openapi: '/openapi.json', errors: '/errors', login: '/login' },
        },
      }),
  });
  route({
    ...open,
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document',
    responses: {
      200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) },
    },
    errors: [],
    handler: () => {
      openApi ??= JSON.stringify(openApiDocument(registry));
      return Promise.resolve({ status: 200, json: openApi });
    },
  });
  route({
    ...open,
    path: '/errors',
    summary: 'Every problem code with its meaning',
    responses: { 200: { description: 'All codes.', schema: errorListSchema } },
    errors: [],
    handler: () => Promise.resolve({ status: 200, json: errors }),
  });
}
