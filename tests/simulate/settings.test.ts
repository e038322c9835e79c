import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { Misuse, readSettings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'wallet-simulate-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('the settings of a simulation', () => {
  it('come from the running stack', () => {
    mkdirSync(join(folder, 'run'));
    const urls = { edge: 'http://127.0.0.1:8080', database: 'postgres://wallet@127.0.0.1/wallet' };
    writeFileSync(join(folder, 'run/stack.json'), JSON.stringify({ urls }));
    const args = ['--rate', '200', '--duration', '300', '--seed', '7', '--data', folder];
    expect(readSettings(args, {})).toEqual({
      rate: 200,
      seconds: 300,
      seed: 7,
      edgeUrl: urls.edge,
      databaseUrl: urls.database,
    });
  });

  it('say in one sentence what to do when nothing runs', () => {
    const nowhere = join(folder, 'nowhere');
    expect(() => readSettings(['--data', nowhere], {})).toThrow(Misuse);
    expect(() => readSettings(['--data', nowhere], {})).toThrow(/npm start/);
  });

  it('take an edge and a database that are named', () => {
    const settings = readSettings(['--url', 'http://127.0.0.1:1'], {
      DATABASE_URL: 'postgres://x',
    });
    expect(settings).toMatchObject({ edgeUrl: 'http://127.0.0.1:1', databaseUrl: 'postgres://x' });
  });

  it.each([
    ['--rate', 'fast'],
    ['--rate', '0'],
    ['--duration', ''],
    ['--colour', 'green'],
  ])('refuse %s %s', (...args) => {
    expect(() => readSettings(args, {})).toThrow(Misuse);
  });
});
