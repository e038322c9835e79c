import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isRetriable } from '@wallet/core-ledger';
import { monotonicMs, type Log, type Metrics, type Span } from '@wallet/runtime';
import Koa from 'koa';
import { refuse } from '../problems.ts';
import { ClientGone } from './body.ts';
import { isPreflight } from './cross-origin.ts';
import { methodLabel } from './method-label.ts';
import type { OverloadGuard, Place } from './overload.ts';
import type { Routes } from './routes.ts';
import { createTurnAway } from './turn-away.ts';
import { writeProblem } from './write-answer.ts';

/** What a request meets, from its first byte to its answer. */
export type Door = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Gives each request its id, turns it away when there is no room, has it answered, turns what was
 * thrown into a problem, and counts and times the answer. One function for all of that: every step
 * of a chain would cost each request a promise of its own. Koa makes the context and its own way to
 * a middleware is passed by: it listens for the end of every answer, to hear of broken connections,
 * which here nobody needs and which took a twentieth of a request.
 */
export function createDoor(options: {
  routes: Routes;
  overload: OverloadGuard;
  /** The web origin whose pages may call from a browser. */
  allowedOrigin: string | undefined;
  metrics: Metrics;
  log: Log;
}): Door {
  const { routes, overload, allowedOrigin, metrics, log } = options;
  const koa = new Koa();
  koa.on('error', (error: unknown) => log.debug({ err: error }, 'a connection broke'));
  const turnAway = createTurnAway(options);
  const instance = randomBytes(6).toString('hex');
  let count = 0;
  const letIn = async (context: Koa.Context, place: Place): Promise<void> => {
    const startMs = monotonicMs();
    try {
      if (allowedOrigin === undefined || !isPreflight(context, allowedOrigin)) {
        context.state.leavePlace = place.leave;
        await routes.serve(context);
      }
    } catch (error) {
      answerFault(context, error, log);
    } finally {
      place.leave();
    }
    countAnswer(context, monotonicMs() - startMs, { metrics, log });
  };
  return (request, response) => {
    const requestId = `${instance}-${(count += 1).toString(36)}`;
    const place = overload.take();
    if (place === null) return turnAway(request, response, requestId);
    const context = koa.createContext(request, response);
    context.state.requestId = requestId;
    letIn(context, place).catch((error: unknown) => {
      log.error({ err: error }, 'a request could not be answered');
      response.destroy();
    });
  };
}

function countAnswer(
  context: Koa.Context,
  tookMs: number,
  { metrics, log }: { metrics: Metrics; log: Log },
): void {
  const { res: response, state } = context;
  const route = (state.route as string | undefined) ?? 'unmatched';
  const method = methodLabel(context.req.method);
  const status = response.headersSent ? String(response.statusCode) : clientGoneStatus;
  const seconds = tookMs / 1_000;
  metrics.inc('wallet_http_requests_total', { method, route, status });
  const span = (state.span as Span | null | undefined) ?? null;
  const labels = { method, route };
  metrics.observe('wallet_http_request_duration_seconds', labels, seconds, span?.traceparent);
  const requestId = state.requestId as string;
  span?.set({ 'http.response.status_code': Number(status), 'wallet.request_id': requestId });
  span?.end(status.startsWith('5') ? `answered ${status}` : undefined);
  log.debug({ request_id: requestId, method, route, status, seconds }, 'answered');
}

/** Nobody was there to be answered; as others count it too. */
const clientGoneStatus = '499';

/**
 * Turns what was thrown into a problem: 503 when time may heal it, else 500. What it was goes to
 * the log alone.
 */
export function answerFault(context: Koa.Context, error: unknown, log: Log): void {
  context.respond = false;
  if (error instanceof ClientGone) return;
  const retriable = isRetriable(error);
  const fields = { err: error, request_id: context.state.requestId as string };
  if (retriable) log.warn(fields, 'a request met a fault that time may heal');
  else log.error(fields, 'a request failed');
  // Half an answer must not be taken for a whole one.
  if (context.res.headersSent) context.res.destroy();
  else writeProblem(context, refuse(retriable ? 'unavailable' : 'internal_error'));
}
