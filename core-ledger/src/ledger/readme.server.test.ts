import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { createTestDatabase } from '../testing/index.ts';

/** The package's folder: the example imports the package by its name. */
const folder = fileURLToPath(new URL('../..', import.meta.url));

test('the example of the README prints what it says', async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  const [, example = '', printed = ''] = /```ts\n(.*?)```\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const { url, drop } = await createTestDatabase();
  const { code, output } = await run(example, url);
  await drop();
  expect({ code, output }).toEqual({ code: 0, output: printed });
});

function run(example: string, url: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], {
      cwd: folder,
      env: { ...process.env, DATABASE_URL: url, NODE_OPTIONS: '--no-warnings' },
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
    child.stdin.end(example);
  });
}
