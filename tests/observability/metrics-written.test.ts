import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from '@jest/globals';
import { metricTable } from '@wallet/runtime';

const root = resolve(import.meta.dirname, '../..');
const rooms = ['ops/runtime', 'schemas', 'core-ledger', 'streams', 'api-edge'];
/** The table itself and the tests do not count as writing. */
const leftOut =
  /\.test\.ts$|^ops\/runtime\/src\/metrics\/(payments|pipeline|kafka|edge|identity|process)\.ts$/;

test('every metric of the table is written by somebody', () => {
  const paths = globSync(
    rooms.map((room) => `${room}/src/**/*.ts`),
    { cwd: root },
  );
  const sources = paths
    .filter((path) => !leftOut.test(path))
    .map((path) => readFileSync(resolve(root, path), 'utf8'));
  const unwritten = Object.keys(metricTable).filter(
    (name) => !sources.some((text) => text.includes(`'${name}'`)),
  );
  expect(unwritten).toEqual([]);
});
