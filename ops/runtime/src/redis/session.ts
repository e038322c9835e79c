import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { createReplyReader, type Reply } from './replies.ts';
import { createRequestBuffer } from './requests.ts';

/** Called once for each command of a request, in order. */
export type OnReply = (reply: Reply, index: number) => void;

/** The life of one socket, from connecting to its loss. */
export type RedisSession = {
  /** Sends a request of `count` commands. After the loss every reply is an error, code CLOSED. */
  send(request: Buffer | string, count: number, onReply: OnReply): void;
  /** True while a reply is waited for. */
  busy(): boolean;
  /** Gives the socket up; open requests get their CLOSED replies, then `onLost` is called. */
  end(reason: string): void;
};

/** A server that accepts but does not answer (stopped, loading) is given up after this. */
const handshakeTimeoutMs = 1_000;
const closedReply: Reply = { kind: 'error', code: 'CLOSED', message: 'connection lost' };

/**
 * Connects, authenticates and sends the `prepare` commands. Then either `onReady` is called and
 * later `onLost`, or only `onLost`; each at most once.
 */
export function openRedisSession(options: {
  target: URL;
  prepare: readonly (readonly string[])[];
  onReady: () => void;
  onLost: (reason: string) => void;
}): RedisSession {
  const { target } = options;
  const queue = createReplyQueue();
  const reader = createReplyReader(queue.settle);
  const socket = openSocket(target);
  const handshakeTimer = setTimeout(() => end('no answer to the handshake'), handshakeTimeoutMs);
  let ended = false;

  function end(reason: string): void {
    if (ended) return;
    ended = true;
    clearTimeout(handshakeTimer);
    socket.destroy();
    queue.close();
    options.onLost(reason);
  }

  function send(request: Buffer | string, count: number, onReply: OnReply): void {
    queue.expect(count, onReply);
    if (ended) queue.close();
    else socket.write(request, 'latin1');
  }

  function shakeHands(): void {
    const commands: (readonly string[])[] = [...authentication(target), ...options.prepare];
    let refused: string | null = null;
    // Without anything to ask, PING shows that somebody answers.
    if (commands.length === 0) commands.push(['PING']);
    send(written(commands), commands.length, (reply, index) => {
      if (reply.kind === 'error') refused ??= reply.message;
      if (index < commands.length - 1 || ended) return;
      clearTimeout(handshakeTimer);
      if (refused === null) options.onReady();
      else end(refused);
    });
  }

  socket.setNoDelay(true);
  socket.on('error', (error) => end(error.message));
  socket.on('close', () => end('closed by the server'));
  socket.once(isSecure(target) ? 'secureConnect' : 'connect', shakeHands);
  socket.on('data', (bytes) => {
    try {
      if (!ended) reader.push(bytes);
    } catch (error) {
      end(error instanceof Error ? error.message : String(error));
    }
  });
  return { send, end, busy: () => queue.busy() };
}

/** Replies come in the order of the commands; each goes to the request that waits first. */
function createReplyQueue() {
  const waiting: { left: number; count: number; onReply: OnReply }[] = [];
  function settle(reply: Reply): void {
    const first = waiting[0];
    if (first === undefined) throw new Error('Redis sent a reply nobody asked for');
    const index = first.count - first.left;
    first.left -= 1;
    if (first.left === 0) waiting.shift();
    first.onReply(reply, index);
  }
  return {
    expect: (count: number, onReply: OnReply): number =>
      waiting.push({ left: count, count, onReply }),
    settle,
    busy: (): boolean => waiting.length > 0,
    close(): void {
      while (waiting.length > 0) settle(closedReply);
    },
  };
}

function written(commands: readonly (readonly string[])[]): Buffer {
  const buffer = createRequestBuffer();
  for (const parts of commands) {
    buffer.command(parts.length);
    for (const part of parts) buffer.text(part);
  }
  return buffer.take();
}

function isSecure(target: URL): boolean {
  return target.protocol === 'rediss:';
}

function openSocket(target: URL): Socket {
  const host = target.hostname.replace(/^\[|\]$/g, '');
  const port = Number(target.port === '' ? 6379 : target.port);
  return isSecure(target)
    ? connectSecure({ host, port, servername: host })
    : connectPlain({ host, port });
}

function authentication(target: URL): string[][] {
  const user = decodeURIComponent(target.username);
  const password = decodeURIComponent(target.password);
  const database = target.pathname.slice(1);
  return [
    ...(password === '' ? [] : [user === '' ? ['AUTH', password] : ['AUTH', user, password]]),
    ...(database === '' || database === '0' ? [] : [['SELECT', database]]),
  ];
}
