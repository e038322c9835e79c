import { connect, type Socket } from 'node:net';
import { createRandom } from '../simulate/random.ts';
import { createLatencies, type Latencies } from './latencies.ts';
import type {
  Client,
  GeneratorReply,
  GeneratorRequest,
  LoadRequest,
  LoadResult,
  PlannedRequest,
} from './protocol.ts';

/**
 * Open-loop load on the edge from a process of its own: requests leave at a constant rate whatever
 * the answers do, one in flight on each connection, and latency counts from the time a request was
 * due, so a stalled server cannot hide its queue. Without a rate the loop is closed: what the
 * server can do at most. Bounded in rate and time by its caller.
 */
type Connection = { socket: Socket; dueAt: number; text: string; busy: boolean };

const tickMs = 2;
const idLength = 36;
/** The same load each time. */
const seed = 7;

type Prepared = {
  port: number;
  clients: Client[];
  merchants: Client[];
  payees: string[];
  run: string;
};

function createGenerator({ port, clients, merchants, payees, run }: Prepared) {
  let sequence = 0;
  const random = createRandom(seed);
  const tokens = new Map([...clients, ...merchants].map((one) => [one.walletId, one.token]));

  function nextPayment(): PlannedRequest {
    const client = random.pick(clients);
    let payee = random.pick(payees);
    if (payee === client.walletId) payee = payees[0] ?? '';
    const device = random.integer(0, 2_999);
    const number = sequence + 1;
    const body =
      `{"payer_wallet_id":"${client.walletId}","payee_wallet_id":"${payee}",` +
      `"amount_minor":${random.integer(100, 5_100)},"currency":"USD",` +
      `"description":"order no ${number}","reference":"ref-${number}",` +
      `"context":{"ip":"10.0.${device >> 8}.${device & 255}","device_id":"device-${device}"}}`;
    return { walletId: client.walletId, path: '/payments', body };
  }

  function textOf({ walletId, path, body }: PlannedRequest): string {
    sequence += 1;
    const token = tokens.get(walletId) ?? '';
    return (
      `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n` +
      `Idempotency-Key: ${run}-${sequence}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
    );
  }

  function load({ rate, seconds, connections, planned }: LoadRequest): Promise<LoadResult> {
    const nextRequest = (): string => textOf(planned?.[sent] ?? nextPayment());
    const most = planned?.length ?? Number.POSITIVE_INFINITY;
    const idle: Connection[] = [];
    const all = new Set<Socket>();
    const waiting: number[] = [];
    const latencies = createLatencies();
    const byStatus = new Map<string, Latencies>();
    const statuses: Record<string, number> = {};
    const ids: string[] = [];
    let sent = 0;
    let answered = 0;
    let broken = 0;
    let head = 0;
    let finishing = false;

    const fire = (connection: Connection, dueAt: number): void => {
      connection.dueAt = dueAt;
      connection.busy = true;
      const text = nextRequest();
      sent += 1;
      connection.socket.write(text);
    };
    const next = (connection: Connection): void => {
      const dueAt = waiting[head];
      if (rate === null && !finishing && sent < most) fire(connection, performance.now());
      else if (dueAt === undefined) idle.push(connection);
      else {
        head += 1;
        fire(connection, dueAt);
      }
    };
    const onData = (connection: Connection, chunk: Buffer): void => {
      connection.text += chunk.toString('latin1');
      const answer = completeAnswer(connection.text);
      if (answer === undefined) return;
      connection.text = '';
      connection.busy = false;
      answered += 1;
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status === '202') ids.push(answer.id);
      const tookMs = performance.now() - connection.dueAt;
      latencies.add(tookMs);
      const ofStatus = byStatus.get(answer.status) ?? createLatencies();
      byStatus.set(answer.status, ofStatus);
      ofStatus.add(tookMs);
      next(connection);
    };
    const open = (): void => {
      const socket = connect(port, '127.0.0.1');
      const connection: Connection = { socket, dueAt: 0, text: '', busy: false };
      socket.setNoDelay(true);
      all.add(socket);
      socket.on('connect', () => next(connection));
      socket.on('data', (chunk) => onData(connection, chunk));
      socket.on('error', () => undefined); // it closes then
      socket.on('close', () => {
        all.delete(socket);
        if (connection.busy) broken += 1;
        connection.busy = false;
      });
    };
    for (let index = 0; index < connections; index += 1) open();

    return new Promise((resolve) => {
      const startedAt = performance.now();
      const endsAt = startedAt + seconds * 1_000;
      const giveUpAt = endsAt + 30_000;
      let due = 0;
      const timer = setInterval(() => {
        const now = performance.now();
        finishing = now > endsAt;
        const perMs = (rate ?? 0) / 1_000;
        const target = Math.min(most, Math.floor((Math.min(now, endsAt) - startedAt) * perMs));
        for (; due < target; due += 1) {
          const dueAt = startedAt + due / perMs;
          // In turn: the server hangs up on a connection that never sends its first request.
          const connection = idle.shift();
          if (connection === undefined) waiting.push(dueAt);
          else fire(connection, dueAt);
        }
        const finished = finishing && head === waiting.length && answered + broken >= sent;
        if (!finished && now < giveUpAt) return;
        clearInterval(timer);
        for (const socket of all) socket.destroy();
        const httpByStatus = Object.fromEntries(
          [...byStatus].map(([status, each]) => [status, each.summary()]),
        );
        resolve({ sent, answered, broken, statuses, http: latencies.summary(), httpByStatus, ids });
      }, tickMs);
    });
  }

  return { load };
}

function completeAnswer(text: string): { status: string; id: string } | undefined {
  const headEnd = text.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  if (text.length < headEnd + 4 + Number(length ?? 0)) return undefined;
  const at = text.indexOf('"id":"');
  return { status: text.slice(9, 12), id: text.slice(at + 6, at + 6 + idLength) };
}

function main(): void {
  const reply = (message: GeneratorReply): void => void process.send?.(message);
  let generator: ReturnType<typeof createGenerator> | undefined;
  process.on('message', (request: GeneratorRequest) => {
    if (request.command === 'prepare') {
      generator = createGenerator(request);
      reply({ kind: 'prepared' });
    } else if (generator !== undefined) {
      void generator.load(request).then((result) => reply({ kind: 'result', result }));
    }
  });
  process.on('disconnect', () => process.exit(0));
}

main();
