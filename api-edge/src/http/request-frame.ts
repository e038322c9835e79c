import { randomBytes } from 'node:crypto';
import { isRetriable } from '@wallet/core-ledger';
import { monotonicMs, type LabelsOf, type Log, type Metrics } from '@wallet/runtime';
import type Koa from 'koa';
import { refuse } from '../problems.ts';
import { ClientGone } from './body.ts';
import { writeProblem } from './write-answer.ts';

/** One list for every answer: nothing here is meant for a browser's page. */
const securityHeaders = Object.entries({
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=31536000',
  'X-Content-Type-Options': 'nosniff',
});

/** Gives each request its id and its headers, and counts and times its answer. */
export function stampRequest(options: { metrics: Metrics; log: Log }): Koa.Middleware {
  const { metrics, log } = options;
  const instance = randomBytes(6).toString('hex');
  let count = 0;
  return async (context, next) => {
    const startMs = monotonicMs();
    const requestId = `${instance}-${(count += 1).toString(36)}`;
    context.state.requestId = requestId;
    // Straight to the response: Koa's way costs twice as much, and every request takes it.
    const { res: response } = context;
    response.setHeader('X-Request-Id', requestId);
    for (const [name, value] of securityHeaders) response.setHeader(name, value);
    await next();
    const seconds = (monotonicMs() - startMs) / 1_000;
    const route = (context.state.route as string | undefined) ?? 'unmatched';
    const method = methodOf(context.method);
    const status = String(context.status);
    metrics.inc('wallet_http_requests_total', { method, route, status });
    metrics.observe('wallet_http_request_duration_seconds', { method, route }, seconds);
    log.debug({ request_id: requestId, method, route, status, seconds }, 'answered');
  };
}

type Method = LabelsOf<'wallet_http_requests_total'>['method'];
const methods: ReadonlySet<string> = new Set<Method>([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
]);

function methodOf(method: string): Method {
  return methods.has(method) ? (method as Method) : 'other';
}

/**
 * Turns what was thrown into a problem: 503 when time may heal it, else 500. What it was goes to
 * the log alone.
 */
export function catchFaults(options: { log: Log }): Koa.Middleware {
  const { log } = options;
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (error instanceof ClientGone) {
        context.respond = false;
        return;
      }
      const retriable = isRetriable(error);
      const fields = { err: error, request_id: context.state.requestId as string };
      if (retriable) log.warn(fields, 'a request met a fault that time may heal');
      else log.error(fields, 'a request failed');
      writeProblem(context, refuse(retriable ? 'unavailable' : 'internal_error'));
    }
  };
}
