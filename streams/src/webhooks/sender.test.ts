import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openSink, type Behaviour, type Sink } from '../testing/webhook-sinks.ts';
import { createSender, type Sender } from './sender.ts';
import { problemOfTarget, readAllowedTargets, type LookupAll } from './target.ts';

const timeoutMs = 500;
const headers = { 'content-type': 'application/json' };

describe('a name that led to a public address when it was registered', () => {
  let inside: Server;
  let connections = 0;
  beforeAll(async () => {
    inside = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => inside.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => inside.close(resolve)));

  const sendTo = async (
    addresses: readonly string[],
  ): Promise<{ tried: object; asked: number }> => {
    let asked = 0;
    const lookupAll: LookupAll = (_host, _options, answer) => {
      asked += 1;
      answer(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      );
    };
    const sender = createSender({ allowed: [], timeoutMs, lookupAll });
    const url = `https://hooks.example.com:${(inside.address() as AddressInfo).port}/`;
    const publicThen = () => Promise.resolve(['93.184.215.14']);
    expect(await problemOfTarget(url, [], publicThen)).toBeNull();
    const tried = await sender.send(url, headers, '{}');
    sender.close();
    return { tried, asked };
  };

  it.each([
    [['127.0.0.1']],
    [['::ffff:127.0.0.1']],
    [['::1']],
    [['10.0.0.1']],
    [['169.254.169.254']],
    [['93.184.215.14', '127.0.0.1']],
  ])('is not connected to when it leads to %s', async (addresses) => {
    const { tried, asked } = await sendTo(addresses);
    expect(tried).toEqual({ status: null, error: 'not_allowed' });
    // The one look-up that was judged: no second one may answer otherwise.
    expect(asked).toBe(1);
    expect(connections).toBe(0);
  });
});

describe('how tries end', () => {
  let sender: Sender;
  const sinks: Sink[] = [];
  const open = async (behaviour: Behaviour): Promise<Sink> => {
    const sink = await openSink(behaviour);
    sinks.push(sink);
    return sink;
  };
  beforeAll(() => {
    sender = createSender({ allowed: readAllowedTargets('127.0.0.1:20000-29999'), timeoutMs });
  });
  afterAll(async () => {
    sender.close();
    await Promise.all(sinks.map((sink) => sink.close()));
  });

  it.each([
    ['well', { status: 204 }],
    ['fails', { status: 500 }],
    ['gone', { status: 410 }],
    ['redirects', { status: 307 }],
    ['hangs', { status: null, error: 'timeout' }],
    ['breaks', { status: null, error: 'connection_broken' }],
  ] as const)('%s', async (behaviour, wanted) => {
    const sink = await open(behaviour);
    expect(await sender.send(sink.url, headers, '{}')).toMatchObject(wanted);
    expect(sink.requests()).toBe(1);
  });

  it('of a flood the beginning is kept, and the rest is not read', async () => {
    const sink = await open('floods');
    const tried = await sender.send(sink.url, headers, '{}');
    expect(tried).toMatchObject({ status: 200, response: 'x'.repeat(1_024) });
  });

  it('nobody listens there', async () => {
    const sink = await openSink('well');
    await sink.close();
    const tried = await sender.send(sink.url, headers, '{}');
    expect(tried).toEqual({ status: null, error: 'connection_refused' });
  });

  it('calls one after the other share a connection', async () => {
    const sink = await open('well');
    for (let count = 0; count < 20; count += 1) await sender.send(sink.url, headers, '{}');
    // The first may still be closing its answer when the second is asked for.
    expect(sink.connections()).toBeLessThanOrEqual(2);
  });
});
