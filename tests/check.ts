// `npm run check`: types, lint, format and house rules. No servers; side by side, in seconds.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type CheckResult = { name: string; ok: boolean; output: string; durationMs: number };

const root = fileURLToPath(new URL('..', import.meta.url));
const module = (path: string): string => `${root}node_modules/${path}`;

/** Each runs on the project's own Node: a shim's shebang would take whatever PATH offers. */
const checks: Record<string, readonly string[]> = {
  types: [module('typescript/bin/tsc'), '-b'],
  lint: [module('eslint/bin/eslint.js'), '.'],
  format: [module('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  tidy: [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    module('jest/bin/jest.js'),
    ...['--selectProjects', 'unit', '--silent', '--verbose=false', 'tests/tidy.test.ts'],
  ],
};

const runCheck = (name: string, args: readonly string[]): Promise<CheckResult> =>
  new Promise((resolve) => {
    const startedMs = performance.now();
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      const durationMs = performance.now() - startedMs;
      resolve({ name, ok: code === 0, output: output.trim(), durationMs });
    });
  });

/** Runs all checks side by side. */
export const runChecks = (): Promise<CheckResult[]> =>
  Promise.all(Object.entries(checks).map(([name, args]) => runCheck(name, args)));

/** One line per check, and what a failed one said. */
export const describeChecks = (results: readonly CheckResult[]): string =>
  results
    .map(({ name, ok, output, durationMs }) => {
      const line = `${ok ? '✓' : '✗'} ${name.padEnd(8)}${(durationMs / 1000).toFixed(1)} s`;
      return ok ? line : `${line}\n${output}\n`;
    })
    .join('\n');

if (import.meta.main) {
  const results = await runChecks();
  process.stdout.write(`${describeChecks(results)}\n`);
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
}
