import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { createBatchedRead } from './batched-read.ts';
import { createBreaker } from './breaker.ts';
import { createWaiters } from './waiters.ts';

describe('waiters', () => {
  test('hear news of their object alone, also news from before they listen', async () => {
    const waiters = createWaiters();
    const [a, b] = [waiters.open('a'), waiters.open('b')];
    waiters.wake('a');
    expect(await a.next(60_000)).toBe(true);
    expect(await b.next(1)).toBe(false);
    const later = b.next(60_000);
    waiters.wake('b');
    expect(await later).toBe(true);
    expect(await a.next(0)).toBe(false);
  });

  test('leave nothing behind, and the end wakes everyone without news', async () => {
    const waiters = createWaiters();
    const [one, two] = [waiters.open('a'), waiters.open('a')];
    expect(waiters.count()).toBe(2);
    one.close();
    one.close();
    expect(waiters.count()).toBe(1);
    const waiting = two.next(60_000);
    waiters.end();
    expect(await waiting).toBe(false);
    expect(await waiters.open('b').next(60_000)).toBe(false);
    two.close();
  });
});

test('who leaves while waiting is woken, and does not know the end from it', async () => {
  const waiters = createWaiters();
  const waiter = waiters.open('a');
  const waiting = waiter.next(60_000);
  waiter.close();
  expect([await waiting, waiter.isOver()]).toEqual([false, false]);
  const last = waiters.open('b');
  waiters.end();
  expect(last.isOver()).toBe(true);
});

test('news is looked for seldom until somebody waits, then at once', async () => {
  const waiters = createWaiters();
  const heard: string[] = [];
  const looks = [waiters.pace(), waiters.pace()].map((pace) => pace.then(() => heard.push('look')));
  await nextTurn();
  expect(heard).toEqual([]);
  waiters.open('a');
  await nextTurn();
  expect(heard).toEqual(['look', 'look']);
  await Promise.all(looks);
});

describe('batched reads', () => {
  test('askers of a moment share a query; each gets its own answer', async () => {
    const asked: string[][] = [];
    const read = createBatchedRead(async (keys) => {
      asked.push(keys);
      return new Map(keys.filter((key) => key !== 'missing').map((key) => [key, key.length]));
    });
    const answers = await Promise.all([read('one'), read('three'), read('one'), read('missing')]);
    expect(answers).toEqual([3, 5, 3, undefined]);
    expect(asked).toEqual([['one', 'three', 'missing']]);
    expect(await read('again')).toBe(5);
  });

  test('a failure reaches its askers and the next query is tried', async () => {
    let fail = true;
    const read = createBatchedRead<number>(async (keys) => {
      if (fail) throw new Error('away');
      return new Map(keys.map((key) => [key, 1]));
    });
    await expect(read('a')).rejects.toThrow('away');
    fail = false;
    expect(await read('a')).toBe(1);
  });
});

describe('breaker', () => {
  test('stops trying after its threshold, then lets one through', async () => {
    const breaker = createBreaker({ threshold: 2, restMs: 20, timeoutMs: 50 });
    let tries = 0;
    const failing = () => {
      tries += 1;
      return Promise.reject(new Error('away'));
    };
    for (let index = 0; index < 5; index += 1) await breaker.run(failing).catch(() => undefined);
    expect(tries).toBe(2);
    const deadlineMs = performance.now() + 5_000;
    let result: string | null = null;
    while (result === null && performance.now() < deadlineMs) {
      result = await breaker.run(() => Promise.resolve('back')).catch(() => null);
    }
    expect(result).toBe('back');
    expect(await breaker.run(() => Promise.resolve('closed'))).toBe('closed');
  });

  test('gives up on what hangs, but not on an answer that a stall of ours delayed', async () => {
    const breaker = createBreaker({ threshold: 9, restMs: 20, timeoutMs: 20 });
    await expect(breaker.run(() => new Promise(() => undefined))).rejects.toThrow('no answer');
    const socket = connect(await listeningPort());
    const answered = breaker.run(() => once(socket, 'data'));
    const endMs = performance.now() + 100;
    setTimeout(() => {
      while (performance.now() < endMs); // the event loop stands still; the answer arrives
    }, 0);
    await expect(answered).resolves.toBeDefined();
    socket.destroy();
  });
});

/** Port of a server that says hello to everyone and closes with its first client. */
async function listeningPort(): Promise<number> {
  const server = createServer((client) => {
    client.write('hello');
    server.close();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}
