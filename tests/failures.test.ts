import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeFailures, failuresIn, readReport, type JestReport } from './failures.ts';

const jest = fileURLToPath(new URL('../node_modules/jest/bin/jest.js', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'wallet-failures-')));
const files = {
  'sums.test.js': `describe('sums', () => {
    test('add up', () => expect(1 + 1).toBe(3));
    test('hold', () => expect(1 + 1).toBe(2));
  });`,
  'ends.test.js': `afterAll(() => { throw new Error('left a process behind'); });
    test('passes', () => undefined);`,
  'starts.test.js': `throw new Error('no server');`,
};
let report: JestReport;

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const outputFile = join(folder, 'report.json');
  const config = JSON.stringify({ transform: {}, cacheDirectory: join(folder, 'cache') });
  const settings = ['--rootDir', folder, '--config', config, '--runInBand'];
  const args = [jest, ...settings, '--json', '--outputFile', outputFile];
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  const read = readReport(outputFile);
  if (read === null) throw new Error(`jest wrote no report:\n${stderr}`);
  report = read;
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a failed test, and a file that cannot start or end, are told with what they said', () => {
  const failures = failuresIn(report, folder).sort((a, b) => a.name.localeCompare(b.name));
  expect(failures).toEqual([
    {
      name: 'sums › add up (sums.test.js)',
      message: expect.stringMatching(/Expected: 3\s+Received: 2/),
    },
    {
      name: 'Test suite failed to run (ends.test.js)',
      message: expect.stringContaining('left a process behind'),
    },
    {
      name: 'Test suite failed to run (starts.test.js)',
      message: expect.stringContaining('no server'),
    },
  ]);
});

test('the log ends with what failed: 40 lines of each, then every name', () => {
  const long = Array.from({ length: 41 }, (_, index) => `line ${index + 1}`).join('\n');
  const text = describeFailures([
    { name: 'lint', message: 'unused' },
    { name: 'late', message: long },
  ]);
  expect(text.split('\n').slice(0, 5)).toEqual([
    ...['── what failed', '✗ lint', 'unused', '', '✗ late'],
  ]);
  expect(text.split('\n').slice(-5)).toEqual(['line 40', '…', '', '✗ lint', '✗ late']);
});

test('no report is no report', () => {
  expect(readReport(join(folder, 'none.json'))).toBeNull();
});
