// "Does it answer?" asked in each server's own protocol, in a few bytes: the launcher needs no
// client library, and an open port is not yet a server that works.
import { connect, type Socket } from 'node:net';

const PROBE_TIMEOUT_MS = 1500;

/** Sends bytes and reads until `accept` has seen enough: true or false; undefined = read on. */
const converse = (
  port: number,
  request: Buffer,
  accept: (received: Buffer) => boolean | undefined,
): Promise<boolean> =>
  new Promise((resolve) => {
    let received = Buffer.alloc(0);
    const socket: Socket = connect({ port, host: '127.0.0.1' });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(PROBE_TIMEOUT_MS, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => resolve(false));
    socket.on('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      const answer = accept(received);
      if (answer !== undefined) finish(answer);
    });
  });

/** Is one of the PostgreSQL messages in these bytes of the wanted kind (a letter)? */
const hasMessage = (received: Buffer, kind: string): boolean => {
  for (let at = 0; at + 5 <= received.length; at += 1 + received.readInt32BE(at + 1)) {
    if (received.toString('latin1', at, at + 1) === kind) return true;
  }
  return false;
};

/** PostgreSQL: log in and wait for "ready for query" (Z); an error (E) is a no. */
export const probePostgres = (port: number, user: string, database: string): Promise<boolean> => {
  const body = Buffer.from(`user\0${user}\0database\0${database}\0\0`);
  const head = Buffer.alloc(8);
  head.writeInt32BE(8 + body.length, 0);
  head.writeInt32BE(3 << 16, 4); // protocol 3.0
  return converse(port, Buffer.concat([head, body]), (received) => {
    if (hasMessage(received, 'Z')) return true;
    return hasMessage(received, 'E') ? false : undefined;
  });
};

/** Redis: PING. While it loads its file it answers an error. */
export const probeRedis = (port: number): Promise<boolean> =>
  converse(port, Buffer.from('PING\r\n'), (received) =>
    received.includes('\r\n') ? received.toString().startsWith('+PONG') : undefined,
  );

/** Kafka: metadata (version 1, no topics) must name this many live brokers and a controller. */
export const probeKafka = (port: number, brokers: number): Promise<boolean> => {
  const client = 'stack';
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + client.length + 4);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(3, 4); // api key: metadata
  request.writeInt16BE(1, 6); // version
  request.writeInt32BE(1, 8); // correlation id
  request.writeInt16BE(client.length, 12);
  request.write(client, 14);
  request.writeInt32BE(0, 14 + client.length); // zero topics (in version 1 null would be all)
  return converse(port, request, (received) => {
    if (received.length < 12 || received.length < 4 + received.readInt32BE(0)) return undefined;
    return received.readInt32BE(8) >= brokers;
  });
};

/** HTTP: any 2xx. */
export const probeHttp = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Refused, reset or late: "not yet" is what was asked.
    return false;
  }
};
