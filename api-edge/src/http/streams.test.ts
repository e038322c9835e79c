import { describe, expect, test } from '@jest/globals';
import { createMetrics } from '@wallet/runtime';
import Koa from 'koa';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isRefusal } from './call.ts';
import { createStreamPlaces, writeStream, type StreamedBody } from './streams.ts';

describe('places for streams', () => {
  test('are bounded for each caller and for the instance, and come back once', () => {
    const metrics = createMetrics({ role: 'edge' });
    const places = createStreamPlaces({ perCaller: 2, perInstance: 3, metrics });
    const take = (caller: string) => {
      const place = places.take(caller);
      return isRefusal(place) ? place.problem : place;
    };
    const first = take('ann');
    take('ann');
    expect(take('ann')).toBe('too_many_streams');
    take('bob');
    expect(take('eve')).toBe('overloaded');
    if (typeof first === 'string') throw new Error(first);
    first.leave();
    first.leave();
    expect(typeof take('eve')).toBe('object');
    expect(take('eve')).toBe('overloaded');
  });
});

/** Serves one body and hands over the answer's beginning. */
async function serve(body: StreamedBody, method = 'GET') {
  const koa = new Koa();
  koa.silent = true;
  koa.use((context) => writeStream(context, { status: 200, head: [] }, body));
  const server = koa.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asked = request({ port, host: '127.0.0.1', method }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  return { answer, end: () => server.closeAllConnections(), close: () => server.close() };
}

describe('a streamed answer', () => {
  test('is made no faster than it is read, and no further than its client stays', async () => {
    let made = 0;
    let over: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (over = resolve));
    const part = 'x'.repeat(65_536);
    const { answer, close } = await serve(async function* () {
      try {
        for (; ; made += 1) yield part;
      } finally {
        over();
      }
    });
    await once(answer, 'readable');
    let before = -1;
    while (before !== made) {
      before = made;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // What the two sockets hold, and not all the memory there is.
    expect(made).toBeLessThan(500);
    answer.destroy();
    await ended;
    close();
  });

  test('that fails on the way is cut off, never ended', async () => {
    const { answer, close } = await serve(async function* () {
      yield 'half';
      throw new Error('the rest is lost');
    });
    const whole = answer.toArray();
    await expect(whole).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(answer.complete).toBe(false);
    close();
  });

  test('to HEAD makes nothing, and is told that nobody reads', async () => {
    let over: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (over = resolve));
    let made = 0;
    const { answer, close } = await serve((signal) => {
      signal.addEventListener('abort', over);
      return (async function* () {
        made += 1;
        yield 'x';
      })();
    }, 'HEAD');
    expect(await answer.toArray()).toEqual([]);
    await gone;
    expect(made).toBe(0);
    close();
  });
});
