import { hash } from 'node:crypto';
import type { Reply } from '../http/call.ts';

const style = `
body{font:16px/1.6 system-ui,sans-serif;color:#1a1d21;background:#fff;margin:0 auto;max-width:46rem;
padding:2rem 1rem}
h1{font-size:1.6rem;line-height:1.25}a{color:#0b57b5}code{font-size:.95em}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;
padding:.45rem .75rem .45rem 0;border-bottom:1px solid #d9dde2}
@media(prefers-color-scheme:dark){body{background:#14171a;color:#e6e8ea}a{color:#8ab8ff}
th,td{border-color:#333940}}`;

const policy =
  `default-src 'none'; style-src 'sha256-${hash('sha256', style, 'base64')}'; ` +
  `base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A page of text: no script, and the one style that its policy names. */
export function page(title: string, content: string): Reply {
  return htmlReply(
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
      `<meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>` +
      `<style>${style}</style></head><body><main>${content}</main></body></html>`,
    policy,
  );
}

/** @param contentSecurityPolicy what this page may load, in place of the API's "nothing" */
export function htmlReply(html: string, contentSecurityPolicy: string): Reply {
  return {
    status: 200,
    text: html,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': contentSecurityPolicy,
      'Cache-Control': 'no-cache',
    },
  };
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
