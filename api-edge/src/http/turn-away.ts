import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log, Metrics } from '@wallet/runtime';
import { problemDocument, problems, refuse, retryAfterSeconds } from '../problems.ts';
import { crossOriginHeaders } from './cross-origin.ts';
import { methodLabel, type MethodLabel } from './method-label.ts';
import { problemType, securityHeaders, writeWhole } from './write-answer.ts';

/** Says `overloaded` to a request. */
export type TurnAway = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => void;

/**
 * So many hear it as soon as they ask in a turn of the loop, the others at its end. Whoever hears
 * no asks again, and a poll of thousands of sockets goes on while there are more to read: it took
 * seconds, in which nothing that was taken went on to Kafka.
 */
const atOnce = 256;

/** Stands where a text will be put. */
const mark = '\0';

/**
 * The way of those for whom there is no room, who may be thousands a second while nobody has time:
 * the answer is the same as everywhere else, but rendered beforehand save for the path and the id,
 * sent without a context, a route and a promise, and counted in one sum until somebody looks. Its
 * body is left to Node, which reads it away, so that the connection goes on.
 */
export function createTurnAway(options: {
  allowedOrigin: string | undefined;
  metrics: Metrics;
  log: Log;
}): TurnAway {
  const { allowedOrigin, metrics, log } = options;
  const [status] = problems.overloaded;
  const document = problemDocument(refuse('overloaded'), { path: mark, requestId: mark });
  const [before = '', between = '', after = ''] = JSON.stringify(document).split(
    JSON.stringify(mark),
  );
  const head = [
    ...securityHeaders.flat(),
    ...['Content-Type', problemType, 'Retry-After', String(retryAfterSeconds.overloaded)],
    ...(allowedOrigin === undefined ? [] : crossOriginHeaders(allowedOrigin).flat()),
  ];
  const unmatched = { route: 'unmatched', status: String(status) };
  const counts = new Map<MethodLabel, number>();
  metrics.beforeExpose(() => {
    for (const [method, count] of counts) {
      metrics.inc('wallet_http_requests_total', { ...unmatched, method }, count);
    }
    counts.clear();
  });

  const answer: TurnAway = (request, response, requestId) => {
    const path = JSON.stringify(pathOf(request.url ?? ''));
    const text = `${before}${path}${between}"${requestId}"${after}`;
    writeWhole(response, status, [...head, 'X-Request-Id', requestId], text);
    const method = methodLabel(request.method);
    counts.set(method, (counts.get(method) ?? 0) + 1);
    log.debug({ ...unmatched, request_id: requestId, method }, 'turned away');
  };

  let inTurn = 0;
  const waiting: Parameters<TurnAway>[] = [];
  const endTurn = (): void => {
    inTurn = 0;
    for (const one of waiting.splice(0)) answer(...one);
  };
  return (...one) => {
    inTurn += 1;
    if (inTurn === 1) setImmediate(endTurn);
    if (inTurn <= atOnce) answer(...one);
    else waiting.push(one);
  };
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end < 0 ? url : url.slice(0, end);
}
