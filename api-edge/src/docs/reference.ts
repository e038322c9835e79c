import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Reply } from '../http/call.ts';
import { htmlReply } from './page.ts';

export type Reference = {
  /** The script of the page, as the package brings it. */
  readonly script: Reply;
  /** For subresource integrity and the page's policy. */
  readonly integrity: string;
};

/** Reads the reference's script from its package, once: 4 MiB. */
export function readReference(): Reference {
  const entry = createRequire(import.meta.url).resolve('@scalar/api-reference');
  const file = join(dirname(entry), 'browser', 'standalone.js');
  const text = readFileSync(file, 'utf8');
  return {
    integrity: `sha256-${hash('sha256', text, 'base64')}`,
    script: {
      status: 200,
      text,
      headers: {
        'Content-Type': 'text/javascript; charset=utf-8',
        'Cache-Control': 'public, max-age=86400',
      },
    },
  };
}

/** Nothing that would leave this server: no proxy, fonts, telemetry, agent or hosted client. */
const configuration = {
  url: '/openapi.json',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  externalUrls: {},
} as const;

/** The page: the API's document, drawn by the script that its policy names by hash. */
export function referencePage({ integrity }: Reference): Reply {
  const start = `Scalar.createApiReference('#reference', ${JSON.stringify(configuration)})`;
  const startHash = `sha256-${hash('sha256', start, 'base64')}`;
  const policy = [
    "default-src 'none'",
    `script-src '${integrity}' '${startHash}'`,
    // The script writes its styles into the page; they can hold no code.
    "style-src 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return htmlReply(
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Wallet API</title>` +
      `<meta name="viewport" content="width=device-width, initial-scale=1">` +
      // Else the browser asks for one, and complains that there is none.
      `<link rel="icon" href="data:,"></head>` +
      `<body><div id="reference"></div>` +
      `<script src="/docs/reference.js" integrity="${integrity}"></script>` +
      `<script>${start}</script></body></html>`,
    policy,
  );
}
