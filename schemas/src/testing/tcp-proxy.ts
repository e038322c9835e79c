import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What a connection does to its traffic; new connections begin with the proxy's present faults. */
export type Faults = {
  /** Delay of each piece of data, both ways. */
  latencyMs?: number;
  /** Requests arrive, answers are thrown away, the connection stays open. */
  swallowAnswers?: boolean;
  /** New connections are closed at once. */
  refuse?: boolean;
};

export type TcpProxy = {
  readonly port: number;
  /** Replaces the faults of all present and future connections; `{}` heals. */
  set(faults: Faults): void;
  /** Ends every open connection without a goodbye. */
  cut(): void;
  /** Bytes that were thrown away by `swallowAnswers`. */
  swallowed(): number;
  connections(): number;
  close(): Promise<void>;
};

/**
 * A TCP proxy on 127.0.0.1, at any free port, that can be told to misbehave. To stand before a
 * Kafka
 * broker its address must be the one the broker advertises, for clients follow the addresses in the
 * broker's metadata: so the proxy comes first and asks for its target at each connection.
 */
export async function createTcpProxy(options: { targetPort(): number }): Promise<TcpProxy> {
  let faults: Faults = {};
  let swallowedBytes = 0;
  const sockets = new Set<Socket>();

  function forward(from: Socket, to: Socket, isAnswer: boolean): void {
    from.on('data', (data) => {
      if (isAnswer && faults.swallowAnswers === true) {
        swallowedBytes += data.length;
        return;
      }
      const pass = () => void (to.destroyed || to.write(data));
      if (faults.latencyMs === undefined) pass();
      else setTimeout(pass, faults.latencyMs);
    });
    from.on('end', () => to.end());
    // An error on one side is what the other side must see as a broken connection.
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
  }

  const server: Server = createServer((client) => {
    if (faults.refuse === true) {
      client.destroy();
      return;
    }
    const upstream = connect(options.targetPort(), '127.0.0.1');
    sockets.add(client).add(upstream);
    forward(client, upstream, false);
    forward(upstream, client, true);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  const cut = () => sockets.forEach((socket) => socket.destroy());
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      faults = next;
    },
    cut,
    swallowed: () => swallowedBytes,
    connections: () => sockets.size / 2,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
