import type { Metrics } from '@wallet/runtime';
import type Koa from 'koa';
import { once } from 'node:events';
import { refuse, type Refusal } from '../problems.ts';

/** The text of an answer that is written while it is made; `gone` aborts when the client has it. */
export type StreamedBody = (gone: AbortSignal) => AsyncIterable<string>;

/** A place among the streams of this instance; giving it up twice is harmless. */
export type StreamPlace = { readonly leave: () => void };

export type StreamPlaces = {
  /** A place for a caller's stream, or why there is none. */
  take(callerId: string): StreamPlace | Refusal;
};

/** Bounds the streams that are open at a time: each keeps a connection and some memory. */
export function createStreamPlaces(options: {
  perCaller: number;
  perInstance: number;
  metrics: Metrics;
}): StreamPlaces {
  const { perCaller, perInstance, metrics } = options;
  const byCaller = new Map<string, number>();
  let open = 0;
  metrics.beforeExpose(() => metrics.set('wallet_http_streams_open', {}, open));
  return {
    take(callerId) {
      const own = byCaller.get(callerId) ?? 0;
      if (own >= perCaller) return refuse('too_many_streams');
      if (open >= perInstance) return refuse('overloaded');
      open += 1;
      byCaller.set(callerId, own + 1);
      let taken = true;
      return {
        leave() {
          if (!taken) return;
          taken = false;
          open -= 1;
          const left = (byCaller.get(callerId) ?? 1) - 1;
          if (left > 0) byCaller.set(callerId, left);
          else byCaller.delete(callerId);
        },
      };
    },
  };
}

/**
 * Writes a streamed answer as fast as the client reads it, so that little of it is ever kept. What
 * fails on the way breaks the connection: a client never takes half an answer for a whole one.
 */
export function writeStream(
  context: Koa.Context,
  { status, head }: { status: number; head: string[] },
  body: StreamedBody,
): void {
  const { res: response } = context;
  context.respond = false;
  // Its connection ends with it: an idle one would hold up the end of the process.
  response.writeHead(status, [...head, 'Connection', 'close']);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) gone.abort();
  const parts = body(gone.signal);
  if (context.method === 'HEAD') {
    response.end();
    return;
  }
  response.flushHeaders();
  send(parts, response, gone.signal).catch((error: unknown) => {
    context.app.emit('error', error, context);
    response.destroy();
  });
}

async function send(
  parts: AsyncIterable<string>,
  response: Koa.Context['res'],
  gone: AbortSignal,
): Promise<void> {
  for await (const part of parts) {
    if (gone.aborted) return;
    if (!response.write(part)) await once(response, 'drain', { signal: gone }).catch(() => null);
  }
  response.end();
}
