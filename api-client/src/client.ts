import createClient, { type Client } from 'openapi-fetch';
import type { paths } from './api.generated.ts';
import { isProblem, WalletProblem } from './problem.ts';
import { createRetryingFetch, type RetryOptions } from './retrying-fetch.ts';

export type WalletClient = Client<paths>;

const usualRetries: RetryOptions = { attempts: 5, baseMs: 100, maxMs: 5_000 };

/**
 * A client whose requests and answers have the types of the API's document.
 * @param accessToken asked for each request; null sends none
 * @param fetch instead of the platform's own
 */
export function createWalletClient(options: {
  baseUrl: string;
  accessToken?: () => string | null | Promise<string | null>;
  fetch?: (request: Request) => Promise<Response>;
  retries?: Partial<RetryOptions>;
}): WalletClient {
  const { baseUrl, accessToken } = options;
  const send = options.fetch ?? ((request: Request) => globalThis.fetch(request));
  const client = createClient<paths>({
    baseUrl,
    fetch: createRetryingFetch(send, { ...usualRetries, ...options.retries }),
  });
  client.use({
    async onRequest({ request }) {
      const token = (await accessToken?.()) ?? null;
      if (token !== null) request.headers.set('Authorization', `Bearer ${token}`);
      return request;
    },
  });
  return client;
}

/** The body of a good answer. @throws WalletProblem for a refusal */
export function unwrap<Data>(result: { data?: Data; error?: unknown; response: Response }): Data {
  if (result.error === undefined) return result.data as Data;
  if (isProblem(result.error)) throw new WalletProblem(result.error);
  throw new Error(`${result.response.url} answered ${result.response.status}, and no problem`);
}
