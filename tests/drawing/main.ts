// `npm run draw`: every dashboard over live query results, as pages and pictures (with Chromium).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { dashboards } from '@wallet/grafana';
import { chromium, type Browser } from 'playwright-core';
import { installChromium } from '../pages/chromium.ts';
import { drawPage, pageWidth } from './page.ts';

const { values } = parseArgs({
  options: {
    prometheus: {
      type: 'string',
      default: process.env['PROMETHEUS_URL'] ?? 'http://127.0.0.1:29090',
    },
    minutes: { type: 'string', default: '15' },
    to: { type: 'string', default: 'ops/grafana/pictures' },
  },
});
const folder = resolve(values.to);
mkdirSync(folder, { recursive: true });

const untilMs = Date.now();
const minutes = Number(values.minutes);
const range = {
  prometheusUrl: values.prometheus,
  fromMs: untilMs - minutes * 60_000,
  untilMs,
  // About as many points as a panel has columns.
  stepSeconds: Math.max(2, Math.round((minutes * 60) / 200)),
  rateWindow: '30s',
};

const installed = await installChromium();
let browser: Browser | null = null;
if ('unavailable' in installed) {
  process.stdout.write(`Pages only: Chromium is not here. ${installed.unavailable}\n`);
} else {
  // Root has no sandbox of its own; the only pages it sees are ours.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  browser = await chromium.launch({ executablePath: installed.program, args });
}
for (const [name, dashboard] of Object.entries(dashboards)) {
  const html = await drawPage(dashboard, range);
  const file = join(folder, `${name}.html`);
  writeFileSync(file, html);
  const page = await browser?.newPage({ viewport: { width: pageWidth, height: 900 } });
  await page?.setContent(html);
  await page?.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await page?.close();
  process.stdout.write(`${file}${page === undefined ? '' : ' and its picture'}\n`);
}
await browser?.close();
