import type Koa from 'koa';
import { writeAnswer } from './write-answer.ts';

const exposed = 'X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, Location';

/** What a browser asks before it sends a request with a token. */
const preflight = Object.freeze({
  'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
  'Access-Control-Allow-Headers':
    'authorization, content-type, idempotency-key, prefer, traceparent',
  'Access-Control-Max-Age': '7200',
});

/** What lets the pages of that origin read an answer. */
export function crossOriginHeaders(origin: string): readonly (readonly [string, string])[] {
  return [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Expose-Headers', exposed],
  ];
}

/**
 * Lets the pages of one web origin call from a browser. True when this was only the question
 * whether they may: it is answered then.
 */
export function isPreflight(context: Koa.Context, origin: string): boolean {
  for (const [name, value] of crossOriginHeaders(origin)) context.set(name, value);
  if (context.method !== 'OPTIONS') return false;
  writeAnswer(context, { status: 204, headers: preflight });
  return true;
}
