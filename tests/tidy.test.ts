import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { deadFindings } from './tidy/dead.ts';
import { docFindings } from './tidy/docs.ts';
import { formFindings } from './tidy/form.ts';
import { readProject, type Finding } from './tidy/project.ts';
import { wallFindings } from './tidy/walls.ts';

const root = resolve(import.meta.dirname, '..');
const textFiles = /(^|\/)(LICENSE|[^/]*\.([mc]?[jt]s|json|md|sql|lua|rules|avsc|ya?ml|sh|html))$/;

function trackedTexts(): Map<string, string> {
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 } as const;
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], options);
  const paths = listed.split('\0').filter((path) => textFiles.test(path));
  const present = paths.filter((path) => existsSync(resolve(root, path)));
  return new Map(present.map((path) => [path, readFileSync(resolve(root, path), 'utf8')]));
}

function told(findings: Finding[]): string[] {
  return findings.map(({ file, line, problem, mend }) => `${file}:${line} ${problem}: ${mend}`);
}

describe('the repository keeps the house rules', () => {
  const project = readProject(trackedTexts());

  test('the files were found', () => expect(project.files.length).toBeGreaterThan(50));
  test('sizes, names and texts', () => expect(told(formFindings(project))).toEqual([]));
  test('arrows, drivers and cycles', () => expect(told(wallFindings(project))).toEqual([]));
  test('no dead file, no dead export', () => expect(told(deadFindings(project))).toEqual([]));
  test('pages lead to what exists', () => expect(told(docFindings(project))).toEqual([]));
  test('decisions are numbered one after the other, in their titles too', () => {
    const decisions = project.files.filter(({ path }) => path.startsWith('ops/decisions/'));
    const numbers = decisions.map(({ path, text }) => [path.slice(14, 18), text.slice(0, 7)]);
    const wanted = numbers.map((_, at) => String(at + 1).padStart(4, '0'));
    expect(numbers.sort()).toEqual(wanted.map((number) => [number, `# ${number} `]));
  });
});

/** A small project that keeps every rule; each case below breaks one. */
const tidy: Record<string, string> = {
  'package.json': `{"devDependencies": {"@jest/globals": "1"},
    "scripts": {"wallet": "node ops/stack/src/commands/table.ts"}}`,
  'schemas/package.json': `{"name": "@wallet/schemas", "exports": {".": "./src/index.ts"},
    "dependencies": {"kafkajs": "1", "@wallet/runtime": "1"}}`,
  'ops/runtime/package.json': `{"name": "@wallet/runtime",
    "exports": {".": "./src/index.ts"}, "dependencies": {"pino": "1"}}`,
  'streams/package.json': `{"name": "@wallet/streams", "exports": {".": "./src/index.ts"},
    "dependencies": {"ioredis": "1", "@wallet/schemas": "1", "@wallet/core-ledger": "1"}}`,
  'ops/runtime/src/index.ts': "export { createLog, type Log } from './log.ts';\n",
  'ops/runtime/src/log.ts':
    "import pino from 'pino';\nexport type Log = object;\nexport function createLog(): Log {\n" +
    '  return pino();\n}\n',
  'schemas/src/index.ts': "export { createWire } from './wire.ts';\n",
  'schemas/src/wire.ts':
    "import { Kafka } from 'kafkajs';\nimport { createLog } from '@wallet/runtime';\n" +
    'export const createWire = () => [Kafka, createLog];\n',
  'streams/src/index.ts': '',
  'streams/src/main.ts':
    "import { createWire } from '@wallet/schemas';\nimport { redis } from './redis.ts';\n" +
    "import lua from './velocity.ts';\ncreateWire(redis, lua, 'child-process.ts');\n",
  'streams/src/redis.ts': "import Redis from 'ioredis';\nexport const redis = () => new Redis();\n",
  'streams/src/velocity.ts': "export default 'x';\n",
  'streams/src/child-process.ts': 'process.exit();\n',
  'streams/src/main.test.ts': "import { test } from '@jest/globals';\ntest('x', () => {});\n",
  'ops/README.md': 'See [streams](../streams/src/) and `npm run wallet -- verify`.\n',
  'ops/stack/src/commands/table.ts': "const x = {\n    usage: 'verify',\n};\nexport default x;\n",
};

const longLine = `const long = '${'x'.repeat(100)}';\n`;
const broken: { rule: string; files: Record<string, string>; told: RegExp }[] = [
  { rule: 'size', files: { 'streams/src/main.ts': '\n'.repeat(252) }, told: /main.ts:251 .*lines/ },
  {
    rule: 'size of a test',
    files: { 'streams/src/main.test.ts': '\n'.repeat(502) },
    told: /main.test.ts:501 .*at most 500/,
  },
  { rule: 'columns', files: { 'streams/src/main.ts': longLine }, told: /main.ts:1 \d+ columns/ },
  {
    rule: 'kebab-case',
    files: { 'streams/src/outboxRelay.test.ts': '' },
    told: /outboxRelay.test.ts.* is not kebab-case/,
  },
  { rule: 'folders', files: { 'streams/src/utils/x.test.ts': '' }, told: /folder "utils"/ },
  {
    rule: 'paths of a machine',
    files: { 'README.md': `see ${'/ho'}me/somebody/wallet` },
    told: /README.md:1 a path of one machine/,
  },
  {
    rule: 'registry hosts',
    files: { 'package-lock.json.md': `"https://regis${'try'}.npmjs.org/x"` },
    told: /host of a package registry/,
  },
  {
    rule: 'silenced checks',
    files: { 'streams/src/main.ts': `// eslint-${'dis'}able-next-line\n` },
    told: /main.ts:1 a silenced check/,
  },
  {
    rule: 'tests left out',
    files: { 'streams/src/main.test.ts': `\ntest.${'on'}ly('x', () => {});\n` },
    told: /main.test.ts:2 a test left out/,
  },
  {
    rule: 'kinds of environment',
    files: { 'streams/src/main.ts': `process.env.NODE_${'ENV'};\n` },
    told: /main.ts:1 a branch on the kind/,
  },
  {
    rule: 'arrows',
    files: { 'ops/runtime/src/log.ts': "import { createWire } from '@wallet/schemas';\n" },
    told: /log.ts:1 no arrow from ops\/runtime to @wallet\/schemas/,
  },
  {
    rule: 'walls between packages',
    files: { 'streams/src/main.ts': "import '../../schemas/src/wire.ts';\n" },
    told: /main.ts:1 .* leaves the package/,
  },
  {
    rule: 'drivers',
    files: { 'streams/src/main.ts': "\nimport { Kafka } from 'kafkajs';\n" },
    told: /main.ts:2 kafkajs outside its room/,
  },
  {
    rule: 'one file for a driver',
    files: { 'streams/src/velocity.ts': "import Redis from 'ioredis';\nexport default Redis;\n" },
    told: /velocity.ts:1 ioredis is already opened in streams\/src\/redis.ts/,
  },
  {
    rule: 'declared dependencies',
    files: { 'streams/src/main.ts': "import x from 'left-pad';\n" },
    told: /main.ts:1 left-pad is not declared/,
  },
  {
    rule: 'cycles',
    files: { 'streams/src/redis.ts': "import './main.ts';\nexport const redis = 1;\n" },
    told: /cycle streams\/src\/main.ts → streams\/src\/redis.ts → streams\/src\/main.ts/,
  },
  {
    rule: 'dead files',
    files: { 'streams/src/forgotten.ts': 'const x = 1;\n' },
    told: /forgotten.ts:1 nothing imports or starts/,
  },
  {
    rule: 'dead exports',
    files: { 'streams/src/velocity.ts': "export const spare = 1;\nexport default 'x';\n" },
    told: /velocity.ts:1 nobody imports "spare"/,
  },
  {
    rule: 'links',
    files: { 'ops/README.md': '\nSee [it](runtime/src/clock.ts).\n' },
    told: /ops\/README.md:2 a link to runtime\/src\/clock.ts, which is not there/,
  },
  {
    rule: 'scripts',
    files: { 'ops/README.md': 'Run `npm run generate -w streams`.\n' },
    told: /ops\/README.md:1 npm run generate is no script of streams/,
  },
  {
    rule: "the operator's commands",
    files: { 'ops/README.md': 'Run `npm run wallet -- verify-all`.\n' },
    told: /ops\/README.md:1 npm run wallet -- verify-all is no command/,
  },
  {
    rule: 'dead exports behind an index',
    files: { 'schemas/src/index.ts': "export { createWire, spare } from './wire.ts';\n" },
    told: /schemas\/src\/index.ts:1 nobody imports "spare"/,
  },
];

describe('each rule fails when it is broken', () => {
  const check = (files: Record<string, string>): string[] => {
    const project = readProject(new Map(Object.entries({ ...tidy, ...files })));
    const rules = [formFindings, wallFindings, deadFindings, docFindings];
    return told(rules.flatMap((findings) => findings(project)));
  };

  test('the small project keeps them all', () => expect(check({})).toEqual([]));
  test.each(broken)('$rule', ({ files, told: expected }) => {
    expect(check(files).filter((line) => expected.test(line))).toHaveLength(1);
  });
});
