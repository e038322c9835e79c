import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import { openApiDocument } from '../http/openapi-document.ts';
import type { Route } from '../http/route.ts';
import { isProblemCode, problems, refuse, type ProblemCode } from '../problems.ts';
import { errorListPage, errorPage } from './error-pages.ts';
import { readReference, referencePage, type Reference } from './reference.ts';

const path = () => z.string().max(100).regex(/^\//).meta({ example: '/openapi.json' });

const linksSchema = z
  .strictObject({
    name: fields.text(100).meta({ example: 'Wallet API' }),
    links: z.strictObject({ docs: path(), openapi: path(), errors: path(), login: path() }),
  })
  .meta({ id: 'Links' });

const errorSchema = z
  .strictObject({
    code: fields.word('invalid_amount'),
    status: z.int().min(400).max(599).meta({ example: 422 }),
    title: fields.text(100).meta({ example: 'Invalid amount' }),
    detail: fields.text(500).meta({ example: 'An amount is a JSON integer in minor units.' }),
  })
  .meta({ id: 'ErrorDescription' });

const errorListSchema = z
  .strictObject({ data: z.array(errorSchema).max(500) })
  .meta({ id: 'ErrorList' });

const open = { method: 'get', tag: 'documents', scope: null, idempotent: false } as const;
const html = 'text/html';

/** What a developer reads first. The documents are made once, when first asked for. */
export function documentRoutes(route: Route, registry: OpenAPIRegistry): void {
  let openApi: string | null = null;
  route({
    ...open,
    path: '/',
    summary: 'Where to begin',
    responses: { 200: { description: 'Links.', schema: linksSchema } },
    errors: [],
    handler: async () => ({
      status: 200,
      body: {
        name: 'Wallet API',
        links: { docs: '/docs', openapi: '/openapi.json', errors: '/errors', login: '/login' },
      },
    }),
  });
  route({
    ...open,
    path: '/openapi.json',
    summary: 'This API as an OpenAPI document',
    responses: {
      200: {
        description: 'OpenAPI 3.1.',
        schema: z.record(fields.text(100), z.unknown()).meta({ example: { openapi: '3.1.0' } }),
      },
    },
    errors: [],
    handler: async () => {
      openApi ??= JSON.stringify(openApiDocument(registry));
      return { status: 200, json: openApi };
    },
  });
  referenceRoutes(route);
  errorRoutes(route);
}

/** The reference to read: a page and its script, both served from here. */
function referenceRoutes(route: Route): void {
  let reference: Reference | null = null;
  const loaded = (): Reference => (reference ??= readReference());
  route({
    ...open,
    path: '/docs',
    summary: 'This API as a page to read',
    responses: { 200: { description: 'The page.', texts: [html] } },
    errors: [],
    handler: async () => referencePage(loaded()),
  });
  route({
    ...open,
    path: '/docs/reference.js',
    summary: 'The script of the page to read',
    responses: { 200: { description: 'The script.', texts: ['text/javascript'] } },
    errors: [],
    handler: async () => loaded().script,
  });
}

function describeProblem(code: ProblemCode): z.output<typeof errorSchema> {
  const [status, title, detail] = problems[code];
  return { code, status, title, detail };
}

/** The registry of problems, for programs and, when they prefer HTML, for people. */
function errorRoutes(route: Route): void {
  const list = (Object.keys(problems) as ProblemCode[]).map(describeProblem);
  const json = JSON.stringify({ data: list });
  route({
    ...open,
    path: '/errors',
    summary: 'Every problem code with its meaning',
    description: 'As a page to read when the client prefers `text/html`.',
    responses: { 200: { description: 'All codes.', schema: errorListSchema, texts: [html] } },
    errors: [],
    handler: async ({ prefersHtml }) =>
      prefersHtml() ? errorListPage(list) : { status: 200, json },
  });
  route({
    ...open,
    path: '/errors/{code}',
    summary: 'What a problem code means',
    description: 'The `type` of a problem leads here. As a page when the client prefers it.',
    params: z.object({
      code: fields.word('invalid_amount').meta({ description: 'The `code` of a problem.' }),
    }),
    responses: { 200: { description: 'The code.', schema: errorSchema, texts: [html] } },
    errors: [],
    handler: async ({ params, prefersHtml }) => {
      if (!isProblemCode(params.code)) return refuse('not_found');
      const problem = describeProblem(params.code);
      return prefersHtml() ? errorPage(problem) : { status: 200, body: problem };
    },
  });
}
