import type { Reply } from '../http/call.ts';
import { retryAfterSeconds, type ProblemCode } from '../problems.ts';
import { escapeHtml, page } from './page.ts';

export type Described = { code: string; status: number; title: string; detail: string };

/** The registry of problems as a table. */
export function errorListPage(list: readonly Described[]): Reply {
  const rows = list.map(
    ({ code, status, detail }) =>
      `<tr><td><a href="/errors/${code}"><code>${code}</code></a></td>` +
      `<td>${status}</td><td>${escapeHtml(detail)}</td></tr>`,
  );
  return page(
    'Problems of the Wallet API',
    `<h1>Problems</h1><p>Every refusal is an <code>application/problem+json</code> document ` +
      `whose <code>code</code> is one of these. A code keeps its meaning for ever. ` +
      `See the <a href="/docs">reference</a>.</p>` +
      `<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>` +
      `<tbody>${rows.join('')}</tbody></table>`,
  );
}

/** One problem, with what to do about it. */
export function errorPage({ code, status, title, detail }: Described): Reply {
  const seconds = retryAfterSeconds[code as ProblemCode];
  const advice =
    seconds === undefined
      ? status < 500
        ? 'The same request will be refused again: change it first.'
        : 'Send the same request again, with the same Idempotency-Key; nothing is done twice.'
      : 'Wait as the <code>Retry-After</code> header says, then send the same request again, ' +
        'with the same <code>Idempotency-Key</code>; nothing is done twice.';
  return page(
    `${title} · Wallet API`,
    `<h1>${escapeHtml(title)}</h1><p>${escapeHtml(detail)}</p><p>${advice}</p>` +
      `<table><tbody><tr><th>Code</th><td><code>${code}</code></td></tr>` +
      `<tr><th>Status</th><td>${status}</td></tr></tbody></table>` +
      `<p><a href="/errors">All problems</a> · <a href="/docs">Reference</a></p>`,
  );
}
