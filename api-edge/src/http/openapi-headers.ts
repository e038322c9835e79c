import type { OpenAPIRegistry } from '@asteasolutions/zod-to-openapi';

type Header = { description: string; example: string; pattern: string; maxLength: number };

const text = '^[\\x20-\\x7e]*$';

/** Every header an answer may carry and a client should know. */
const headers: Readonly<Record<string, Header>> = {
  'X-Request-Id': {
    description: 'Names the request in our logs; tell it to support.',
    example: '9f2c41d07ab3-1a',
    pattern: '^[\\w-]+$',
    maxLength: 100,
  },
  RateLimit: {
    description: 'Per policy what remains (r) and the seconds until all of it is back (t).',
    example: '"caller";r=998;t=1, "route";r=499;t=1',
    pattern: text,
    maxLength: 200,
  },
  'RateLimit-Policy': {
    description: 'Per policy the quota (q) of a window of w seconds.',
    example: '"caller";q=1000;w=1, "route";q=500;w=1',
    pattern: text,
    maxLength: 200,
  },
  'Retry-After': {
    description: 'Seconds to wait before the request is sent again.',
    example: '1',
    pattern: '^\\d+$',
    maxLength: 10,
  },
  'WWW-Authenticate': {
    description: 'How to say who one is.',
    example: 'Bearer',
    pattern: text,
    maxLength: 200,
  },
  'Access-Control-Allow-Origin': {
    description: 'The one web origin that may call from a browser; absent when there is none.',
    example: 'https://app.example.com',
    pattern: text,
    maxLength: 300,
  },
  Location: {
    description: 'The path of the object.',
    example: '/payments/3f0e7a52-6d1c-8b4e-9a70-5c2d1e8f4b63',
    pattern: '^/',
    maxLength: 300,
  },
  'Preference-Applied': {
    description: 'The preference that was followed.',
    example: 'wait=5',
    pattern: text,
    maxLength: 100,
  },
  'Idempotency-Replayed': {
    description: '`true` when the answer is that of an earlier request with this key.',
    example: 'true',
    pattern: '^true$',
    maxLength: 4,
  },
};

export function headerReference(name: string): { $ref: string } {
  return { $ref: `#/components/headers/${name}` };
}

/** Puts all headers among the document's components. */
export function registerHeaders(registry: OpenAPIRegistry): void {
  for (const [name, { description, example, pattern, maxLength }] of Object.entries(headers)) {
    registry.registerComponent('headers', name, {
      description,
      schema: { type: 'string', pattern, maxLength },
      example,
    });
  }
}
