import type Koa from 'koa';

const exposed = 'X-Request-Id, RateLimit, RateLimit-Policy, Retry-After, Location';

/** What a browser asks before it sends a request with a token. */
const preflight = Object.freeze({
  'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
  'Access-Control-Allow-Headers':
    'authorization, content-type, idempotency-key, prefer, traceparent',
  'Access-Control-Max-Age': '7200',
});

/** Lets the pages of one web origin call from a browser. Without it those of none may. */
export function allowOrigin(origin: string): Koa.Middleware {
  return async (context, next) => {
    context.set('Access-Control-Allow-Origin', origin);
    context.set('Access-Control-Expose-Headers', exposed);
    if (context.method !== 'OPTIONS') {
      await next();
      return;
    }
    context.set(preflight);
    context.status = 204;
  };
}
