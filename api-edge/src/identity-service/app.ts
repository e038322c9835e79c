import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { MasterSeal } from '@wallet/core-ledger';
import type { Log } from '@wallet/runtime';
import Koa from 'koa';
import type { z } from 'zod';
import { parseJson, readBody } from '../http/body.ts';
import type { Answer } from '../http/call.ts';
import { answerFault } from '../http/door.ts';
import { refuseInvalid } from '../http/validation.ts';
import { writeAnswer, writeProblem } from '../http/write-answer.ts';
import { login, registration } from '../identity/requests.ts';
import { refuse } from '../problems.ts';
import { addressesRequest, readAddresses } from './addresses.ts';
import { logIn, register, type AccountDependencies } from './accounts.ts';
import {
  makeWebhookSecret,
  openingRequest,
  openWebhookSecrets,
  secretRequest,
} from './webhook-secrets.ts';

/** Of the provider's many endpoints those that somebody uses. */
const providerPaths = new Set(['/token', '/jwks', '/.well-known/openid-configuration']);

/** The service on one screen: what edges ask for, and the provider's own endpoints. */
export function createIdentityApp(
  dependencies: AccountDependencies & {
    /** Shared with the edges: they vouch for the address a login comes from. */
    secret: string;
    /** The provider of this moment: keys change while the process runs. */
    serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    webhookSeal: MasterSeal;
    log: Log;
  },
): Koa {
  const { secret, serve, webhookSeal, log } = dependencies;
  const koa = new Koa();
  koa.use(frame(log));
  koa.use((context, next) => next().catch((error) => answerFault(context, error, log)));
  koa.use(async (context, next) => {
    if (providerPaths.has(context.path)) {
      context.respond = false;
      await serve(context.req, context.res);
    } else await next();
  });
  const operations: Record<string, (body: unknown) => Promise<Answer>> = {
    'POST /users': valid(registration, (body) => register(dependencies, body)),
    'POST /sessions': valid(login, (body) => logIn(dependencies, body)),
    'POST /addresses': valid(addressesRequest, (body) => readAddresses(dependencies, body)),
    'POST /webhook-secrets': valid(secretRequest, (body) =>
      Promise.resolve(makeWebhookSecret(webhookSeal, body.endpoint_id)),
    ),
    'POST /webhook-secrets/opened': valid(openingRequest, (body) =>
      Promise.resolve(openWebhookSecrets(webhookSeal, body)),
    ),
  };
  koa.use(async (context) => {
    const operation = operations[`${context.method} ${context.path}`];
    if (operation === undefined) return writeProblem(context, refuse('route_not_found'));
    if (!isEqual(context.get('authorization'), `Bearer ${secret}`)) {
      return writeProblem(context, refuse('unauthorized'));
    }
    const bytes = await readBody(context.req);
    if ('problem' in bytes) return writeProblem(context, bytes);
    const parsed = parseJson(bytes);
    if (!parsed.ok) return writeProblem(context, refuse('malformed_json'));
    writeAnswer(context, await operation(parsed.value));
  });
  return koa;
}

function frame(log: Log): Koa.Middleware {
  const instance = randomBytes(6).toString('hex');
  let count = 0;
  return async (context, next) => {
    const requestId = `${instance}-${(count += 1).toString(36)}`;
    context.state.requestId = requestId;
    await next();
    const { method, path, status } = context;
    log.debug({ request_id: requestId, method, path, status }, 'answered');
  };
}

function valid<Schema extends z.ZodType>(
  schema: Schema,
  operation: (body: z.output<Schema>) => Promise<Answer>,
): (body: unknown) => Promise<Answer> {
  return async (body) => {
    const parsed = schema.safeParse(body);
    return parsed.success ? operation(parsed.data) : refuseInvalid(parsed.error, body);
  };
}

/** Takes as long for every wrong text. */
function isEqual(given: string, wanted: string): boolean {
  const digestOf = (text: string): Buffer => hash('sha256', text, 'buffer');
  return timingSafeEqual(digestOf(given), digestOf(wanted));
}
