import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What failed: a test, a file of tests that could not run or end, or a check. */
export type Failure = { name: string; message: string };

/** What `jest --json` writes, as far as it is read here; `name` is the path of a file. */
export type JestReport = {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: { name: string; message: string }[];
};

/** @returns null when jest ended before it could write one */
export const readReport = (file: string): JestReport | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return null;
  }
};

/** jest writes the failures of a file one below the other, each under such a heading. */
const heading = /^ {2}● /m;

/** @param root what the paths of the files are told from */
export const failuresIn = ({ testResults }: JestReport, root: string): Failure[] =>
  testResults.flatMap(({ name, message }) =>
    stripVTControlCharacters(message)
      .split(heading)
      .slice(1)
      .map((part) => {
        const [title = '', , ...lines] = part.split('\n');
        return { name: `${title} (${relative(root, name)})`, message: lines.join('\n').trimEnd() };
      }),
  );

const shownLines = 40;
const line = ({ name }: Failure): string => `✗ ${name}`;

/**
 * The end of the log, for whoever sees nothing else: what each said, at most 40 lines, and then all
 * their names.
 */
export const describeFailures = (failures: readonly Failure[]): string => {
  const said = failures.map((failure) => {
    const lines = failure.message.split('\n');
    const rest = lines.length > shownLines ? ['…'] : [];
    return [line(failure), ...lines.slice(0, shownLines), ...rest, ''].join('\n');
  });
  return ['── what failed', ...said, ...failures.map(line)].join('\n');
};
