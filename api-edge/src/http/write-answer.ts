import type Koa from 'koa';
import { problemDocument, problems, retryAfterSeconds, type Refusal } from '../problems.ts';
import { isRefusal, type Answer } from './call.ts';

/** Puts an answer of ours on the wire. */
export function writeAnswer(context: Koa.Context, answer: Answer): void {
  if (isRefusal(answer)) return writeProblem(context, answer);
  context.status = answer.status;
  if (answer.headers !== undefined) context.set(answer.headers);
  if (answer.text !== undefined) context.body = answer.text;
  else if (answer.json !== undefined || answer.body !== undefined) {
    end(context, answer.json ?? JSON.stringify(answer.body));
  } else if (answer.status !== 204) context.body = '';
}

/** Past Koa's own end, which would look at the body's kind and length again. */
function end(context: Koa.Context, json: string): void {
  const { res: response } = context;
  context.respond = false;
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(json));
  response.end(json);
}

export function writeProblem(context: Koa.Context, refusal: Refusal): void {
  const [status] = problems[refusal.problem];
  const document = problemDocument(refusal, {
    path: context.path,
    requestId: context.state.requestId as string,
  });
  context.status = status;
  context.set('Content-Type', 'application/problem+json; charset=utf-8');
  const retryAfter = refusal.retryAfterSeconds ?? retryAfterSeconds[refusal.problem];
  if (retryAfter !== undefined) context.set('Retry-After', String(retryAfter));
  if (refusal.problem === 'unauthorized') context.set('WWW-Authenticate', 'Bearer');
  // What is left of a body that is too large is not read: the connection ends with the answer.
  if (refusal.problem === 'payload_too_large') context.set('Connection', 'close');
  context.body = JSON.stringify(document);
}
