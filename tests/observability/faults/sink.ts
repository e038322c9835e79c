import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Somebody was told of an alert. */
export type Notice = {
  /** `pages` wakes somebody, `tickets` does not. */
  receiver: string;
  alert: string;
  /** When it was told, by `performance.now()`. */
  atMs: number;
};

type Message = {
  alerts: { status: 'firing' | 'resolved'; labels: Record<string, string> }[];
};

/** Receives what Alertmanager tells: the path is the receiver. */
export async function openSink(): Promise<{
  url: string;
  notices: readonly Notice[];
  close(): Promise<void>;
}> {
  const notices: Notice[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { alerts } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Message;
      const receiver = (request.url ?? '/').slice(1);
      for (const { status, labels } of alerts) {
        if (status !== 'firing') continue;
        notices.push({ receiver, alert: labels['alertname'] ?? '', atMs: performance.now() });
      }
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    notices,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
