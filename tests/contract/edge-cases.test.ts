import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const inRepository = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** Case, and the tests that show it: file and title. */
const rows = inRepository('core-ledger/edge-cases.md')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| case |') && !/^[| -]+$/.test(line))
  .map((line) => line.split('|').map((cell) => cell.trim()))
  .map(([, name = '', , shownBy = '']) => ({
    name,
    shownBy: [...shownBy.matchAll(/(\S+\.test\.ts): "([^"]+)"/g)].map(([, file, title]) => ({
      ...{ file: file ?? '', title: title ?? '' },
    })),
  }));

test('the table has its cases', () => {
  expect(rows).toHaveLength(19);
});

test.each(rows)('$name: is shown by the tests it names', ({ shownBy }) => {
  expect(shownBy.length).toBeGreaterThan(0);
  for (const { file, title } of shownBy) {
    const titles = [...inRepository(file).matchAll(/['`"]([^\n]+?)['`"],/g)].map(
      ([, text]) => text,
    );
    const isThere = titles.some((text = '') => text === title || text.startsWith(`${title} (seed`));
    expect({ file, title, isThere }).toEqual({ file, title, isThere: true });
  }
});
