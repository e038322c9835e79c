import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestGround, type TestEdge, type TestGround } from '@wallet/api-edge/testing';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { installChromium } from './chromium.ts';

let ground: TestGround;
let edge: TestEdge;
let browser: Browser | null = null;

beforeAll(async () => {
  ground = await createTestGround();
  edge = await ground.open();
  const installed = await installChromium();
  if ('unavailable' in installed) {
    process.stderr.write(`NOT RUN: Chromium is not here; ${installed.unavailable}\n`);
    return;
  }
  // Root has no sandbox of its own; the only pages it sees are ours.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  browser = await chromium.launch({ executablePath: installed.program, args });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await ground.close();
});

test('the reference opens from here alone, without an error, with every operation', async () => {
  if (browser === null) return;
  const page = await browser.newPage({ viewport: { width: 1_280, height: 900 } });
  const faults: string[] = [];
  const elsewhere: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('response', (answer) => {
    if (answer.status() >= 400) faults.push(`${answer.status()} ${answer.url()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(edge.url) && !/^(data|blob):/.test(url)) elsewhere.push(url);
  });
  await page.goto(`${edge.url}/docs`);
  await page.getByRole('heading', { name: 'Wallet API' }).waitFor();
  const closed = page.locator('aside').getByRole('button', { name: /^Open Group/ });
  await closed.first().waitFor();
  while ((await closed.count()) > 0) await closed.first().click();
  const listed = await page.locator('aside').innerText();
  const missing = edge.edge.definitions.filter(({ summary }) => !listed.includes(summary));
  expect(missing.map(({ summary }) => summary)).toEqual([]);
  const { WALLET_SCREENSHOT: file } = process.env;
  if (file !== undefined) {
    mkdirSync(dirname(file), { recursive: true });
    await page.screenshot({ path: file });
  }
  await page.goto(`${edge.url}/errors`);
  await page.getByText('insufficient_scope').first().waitFor();
  expect(faults).toEqual([]);
  expect(elsewhere).toEqual([]);
}, 60_000);
