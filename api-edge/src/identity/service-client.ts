import type { Log } from '@wallet/runtime';
import type { Answer } from '../http/call.ts';
import { isProblemCode, refuse } from '../problems.ts';

/** The identity service, as the edge uses it. Away or late, it is a refusal `unavailable`. */
export type IdentityService = {
  /** Passes a request on; the service answers as the edge would: an answer, or a problem's code. */
  ask(path: '/users' | '/sessions' | '/webhook-secrets', body: object): Promise<Answer>;
  /** The OAuth 2 token endpoint, as it is: status and parsed body. Null: it did not answer. */
  token(
    form: Record<string, string>,
    authorization: string | null,
  ): Promise<{ status: number; body: Record<string, unknown> } | null>;
};

/** A password waits for half a second of others at most; then the service itself refuses. */
const timeoutMs = 5_000;

/**
 * @param options.url IDENTITY_URL · @param options.secret WALLET_IDENTITY_SECRET: without it the
 * service takes neither registrations nor logins, because it believes the address they name
 */
export function createIdentityService(options: {
  url: string;
  secret: string;
  log: Log;
}): IdentityService {
  const { url, secret, log } = options;
  const post = async (path: string, type: string, body: string, authorization: string | null) => {
    try {
      const response = await fetch(new URL(path, url), {
        method: 'POST',
        headers: {
          'Content-Type': type,
          ...(authorization === null ? {} : { Authorization: authorization }),
        },
        body,
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { response, body: (await response.json()) as Record<string, unknown> };
    } catch (error) {
      log.warn({ err: error, path }, 'the identity service does not answer');
      return null;
    }
  };
  return {
    async ask(path, asked) {
      const json = JSON.stringify(asked);
      const answer = await post(path, 'application/json', json, `Bearer ${secret}`);
      if (answer === null) return refuse('unavailable');
      const { response, body } = answer;
      if (response.ok) return { status: response.status, body };
      const code = String(body.code);
      if (!isProblemCode(code)) return refuse('unavailable');
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 0);
      return refuse(code, retryAfterSeconds > 0 ? { retryAfterSeconds } : {});
    },
    async token(form, authorization) {
      const text = new URLSearchParams(form).toString();
      const answer = await post('/token', 'application/x-www-form-urlencoded', text, authorization);
      return answer === null ? null : { status: answer.response.status, body: answer.body };
    },
  };
}
