import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CaughtMail, MailSink } from './sink.ts';

export type MailPage = { readonly url: string; close(): Promise<void> };

/** A page that shows what a sink has caught, on 127.0.0.1; `/mails.json` for programs. */
export async function openMailPage(port: number, sink: MailSink): Promise<MailPage> {
  const server = createServer((request, response) => {
    const isData = request.url === '/mails.json';
    if (!isData && request.url !== '/') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, {
      'content-type': isData ? 'application/json' : 'text/html; charset=utf-8',
      // What a mail says is shown and never run.
      'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
      'x-content-type-options': 'nosniff',
    });
    response.end(isData ? JSON.stringify(sink.mails()) : pageOf(sink.mails()));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

const style = `body{font:16px/1.5 system-ui;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #999;padding:1rem 0}h2{font-size:1.1rem;margin:0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}p{margin:0;color:#555}`;

function pageOf(mails: readonly CaughtMail[]): string {
  const list = mails.map(articleOf).join('\n') || '<p>Nothing has come yet.</p>';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>E-mails</title>
<style>${style}</style><h1>E-mails</h1>
<p>What would have been sent, the newest first. Nothing leaves this machine.</p>
${list}
</html>`;
}

function articleOf({ to, subject, text, atMs }: CaughtMail): string {
  const at = new Date(atMs).toISOString();
  return `<article><h2>${escaped(subject)}</h2>
<p>to ${escaped(to)}, <time datetime="${at}">${at}</time></p><pre>${escaped(text)}</pre></article>`;
}

const entities: Readonly<Record<string, string>> = {
  ...{ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
