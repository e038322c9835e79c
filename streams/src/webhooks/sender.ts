import type { TryResult } from '@wallet/core-ledger';
import { Agent, type Dispatcher } from 'undici';
import {
  createPublicLookup,
  isAllowedTarget,
  problemOfUrl,
  type AllowedTargets,
  type LookupAll,
} from './target.ts';

/** Sends one request to somebody else's machine and tells how it ended; never throws. */
export type Sender = {
  send(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<TryResult>;
  close(): void;
};

/** Name, connection, request and answer together. */
const deadlineMs = 10_000;
/** Of an answer so much is kept for the owner; when there is more, the connection is cut. */
const keptBytes = 1_024;
/** An endpoint is called often, or rarely: connections wait this long for the next call. */
const idleMs = 10_000;
/** To one origin; more than any lane is wide. */
const mostConnections = 64;

/**
 * @param options.allowed what may be called although it is not public
 * Every connection looks at the address that it is about to use, whatever the name led to before.
 * Redirects are answers like others: nobody follows them.
 */
export function createSender(options: {
  allowed: AllowedTargets;
  /** Milliseconds; for tests. */
  timeoutMs?: number;
  /** Who says where names lead; for tests. */
  lookupAll?: LookupAll;
}): Sender {
  const { allowed, timeoutMs = deadlineMs } = options;
  // One deadline over all phases is ours. Of HTTP/2 nobody has need who sends one event at a time.
  const settings = {
    ...{ connections: mostConnections, pipelining: 1, allowH2: false },
    ...{ keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs },
    ...{ connectTimeout: timeoutMs, headersTimeout: 0, bodyTimeout: 0 },
  };
  const open = new Agent(settings);
  const filtering = new Agent({
    ...settings,
    connect: { lookup: createPublicLookup(options.lookupAll) },
  });

  return {
    send(target, headers, body) {
      const problem = problemOfUrl(target, allowed);
      if (problem !== null) return Promise.resolve({ status: null, error: 'not_allowed' });
      const url = new URL(target);
      const agent = isAllowedTarget(url, allowed) ? open : filtering;
      const { origin, pathname, search } = url;
      const request = { origin, path: pathname + search, method: 'POST', headers, body } as const;
      return new Promise((resolve) => agent.dispatch(request, listen(timeoutMs, resolve)));
    },
    close() {
      for (const agent of [open, filtering]) void agent.destroy();
    },
  };
}

/** For the agent alone; made once, since a stack costs more than a try. */
const overWith = new Error('the answer is known');

/** Hears one answer. The status decides; how the body ends is nobody's concern. */
function listen(
  timeoutMs: number,
  resolve: (result: TryResult) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status = 0;
  let retryAfter: string | undefined;
  let isOver = false;
  let controller: Dispatcher.DispatchController | null = null;

  const end = (error: string): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(timer);
    if (status === 0) return resolve({ status: null, error });
    const response = textOf(Buffer.concat(chunks));
    resolve({ status, retryAfterMs: retryAfterMs(retryAfter), response });
  };
  const cut = (why: string): void => {
    end(why);
    controller?.abort(overWith);
  };
  const timer = setTimeout(() => cut('timeout'), timeoutMs);

  return {
    onRequestStart(given) {
      controller = given;
      // Its turn came after its end: it waited for a connection.
      if (isOver) given.abort(overWith);
    },
    onResponseStart(_controller, code, headers) {
      if (code < 200) return; // only says that an answer will come
      status = code;
      retryAfter = [headers['retry-after']].flat()[0];
    },
    onResponseData(_controller, chunk) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > keptBytes) cut('enough');
    },
    onResponseEnd: () => end('ended'),
    onResponseError: (_controller, error) => end(errorOf(error)),
  };
}

/** Postgres keeps no NUL. */
function textOf(bytes: Buffer): string {
  return bytes.subarray(0, keptBytes).toString('utf8').replaceAll('\0', '');
}

/** Seconds or a date, as HTTP has it. */
function retryAfterMs(header: string | undefined): number | null {
  if (header === undefined) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? null : Math.max(0, atMs - Date.now());
}

/** A word of ours: what the system says may tell of our network. */
function errorOf(error: Error & { code?: string }): string {
  const code = error.code ?? '';
  if (code === 'not_public') return 'not_allowed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'timeout';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'name_not_found';
  if (/CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(code)) return 'certificate';
  if (code === 'ECONNREFUSED') return 'connection_refused';
  return 'connection_broken';
}
