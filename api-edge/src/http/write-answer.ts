import type { ServerResponse } from 'node:http';
import type Koa from 'koa';
import { problemDocument, problems, retryAfterSeconds, type Refusal } from '../problems.ts';
import { isRefusal, type Answer } from './call.ts';
import { writeStream } from './streams.ts';

/** One list for every answer: nothing here is meant for a browser's page. */
export const securityHeaders: readonly (readonly [name: string, value: string])[] = [
  ['Cache-Control', 'no-store'],
  ['Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"],
  ['Referrer-Policy', 'no-referrer'],
  ['Strict-Transport-Security', 'max-age=31536000'],
  ['X-Content-Type-Options', 'nosniff'],
];

/** Of every problem, RFC 9457. */
export const problemType = 'application/problem+json; charset=utf-8';

/** Puts an answer of ours on the wire. */
export function writeAnswer(context: Koa.Context, answer: Answer): void {
  if (isRefusal(answer)) return writeProblem(context, answer);
  const { status, text, body } = answer;
  const head = headOf(context, answer.headers);
  if (answer.stream !== undefined) return writeStream(context, { status, head }, answer.stream);
  if (text !== undefined) return send(context, status, head, text);
  const json = answer.json ?? (body === undefined ? undefined : JSON.stringify(body));
  if (json !== undefined) head.push('Content-Type', 'application/json; charset=utf-8');
  send(context, status, head, json ?? '');
}

export function writeProblem(context: Koa.Context, refusal: Refusal): void {
  const [status] = problems[refusal.problem];
  const document = problemDocument(refusal, {
    path: context.path,
    requestId: context.state.requestId as string,
  });
  const head = headOf(context);
  head.push('Content-Type', problemType);
  const retryAfter = refusal.retryAfterSeconds ?? retryAfterSeconds[refusal.problem];
  if (retryAfter !== undefined) head.push('Retry-After', String(retryAfter));
  if (refusal.problem === 'unauthorized') head.push('WWW-Authenticate', 'Bearer');
  // What is left of a body that is too large is not read: the connection ends with the answer.
  if (refusal.problem === 'payload_too_large') head.push('Connection', 'close');
  send(context, status, head, JSON.stringify(document));
}

/**
 * Names and values in turn, as Node takes them: far cheaper than one header after the other. What
 * an answer says itself stands in place of what is said of all.
 */
function headOf({ state }: Koa.Context, own: Readonly<Record<string, string>> = {}): string[] {
  const head = ['X-Request-Id', state.requestId as string];
  for (const [name, value] of securityHeaders) if (!(name in own)) head.push(name, value);
  const quota = state.quota as readonly string[] | undefined;
  if (quota !== undefined) head.push(...quota);
  for (const name in own) head.push(name, own[name] ?? '');
  return head;
}

/** Past Koa's own end, which would look at the body's kind and length again. */
function send(context: Koa.Context, status: number, head: string[], body: string | Buffer): void {
  context.respond = false;
  writeWhole(context.res, status, head, body);
}

/**
 * Sends head and body as one write.
 * @param head names and values in turn; the length of the body is added to it
 */
export function writeWhole(
  response: ServerResponse,
  status: number,
  head: string[],
  body: string | Buffer,
): void {
  const length = Buffer.byteLength(body);
  if (status !== 204) head.push('Content-Length', String(length));
  response.writeHead(status, head);
  if (typeof body !== 'string') response.end(body);
  // Text without a letter beyond ASCII goes out as it is; any other has to be rewritten.
  else response.end(body, length === body.length ? 'latin1' : 'utf8');
}
