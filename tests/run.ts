// `npm test`: everything that CI runs. Starts servers of its own on free ports in a temporary
// folder, then the checks and the three jest projects. At the end: what each failed test said, and
// "N passed, N failed".
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStack, describeFault, type Stack } from '@wallet/stack';
import { describeChecks, runChecks } from './check.ts';
import { describeFailures, failuresIn, readReport, type Failure } from './failures.ts';

/** Counts of tests and checks, and what the failed ones said. */
type Tally = { passed: number; failed: number; failures: Failure[] };

const root = fileURLToPath(new URL('..', import.meta.url));
/** `system` starts whole processes and measures or harms them: one file at a time. */
const projects: { name: string; args: readonly string[] }[] = [
  { name: 'unit', args: ['--maxWorkers=100%'] },
  { name: 'servers', args: ['--maxWorkers=2'] },
  { name: 'system', args: ['--runInBand'] },
];

const failedAs = (name: string, message: string): Tally => ({
  ...{ passed: 0, failed: 1 },
  failures: [{ name, message }],
});

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const runJest = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve) => {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const command = [...flags, join(root, 'node_modules/jest/bin/jest.js'), ...args];
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: 'inherit' });
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });

const runProject = async (
  { name, args }: { name: string; args: readonly string[] },
  {
    patterns,
    folder,
    env,
  }: { patterns: readonly string[]; folder: string; env: NodeJS.ProcessEnv },
): Promise<Tally> => {
  say(`\n── ${name}`);
  const outputFile = join(folder, `${name}.json`);
  const report = ['--json', `--outputFile=${outputFile}`, '--passWithNoTests'];
  const code = await runJest(['--selectProjects', name, ...args, ...report, ...patterns], env);
  const read = readReport(outputFile);
  if (read === null)
    return failedAs(`the ${name} tests ended without a report`, `exit code ${code}`);
  const failures = failuresIn(read, root);
  const failed = read.numFailedTests + read.numRuntimeErrorTestSuites;
  if (code !== 0 && failed === 0) return failedAs(`the ${name} tests`, `exit code ${code}`);
  return { passed: read.numPassedTests, failed, failures };
};

const runAllChecks = async (): Promise<Tally> => {
  say('\n── check');
  const results = await runChecks();
  say(describeChecks(results));
  const failures = results
    .filter(({ ok }) => !ok)
    .map(({ name, output }) => ({ name, message: output }));
  return { passed: results.length - failures.length, failed: failures.length, failures };
};

const runEverything = async (
  stack: Stack,
  { folder, patterns, signal }: { folder: string; patterns: string[]; signal: AbortSignal },
): Promise<Tally> => {
  const total: Tally = { passed: 0, failed: 0, failures: [] };
  const add = ({ passed, failed, failures }: Tally): void => {
    total.passed += passed;
    total.failed += failed;
    total.failures.push(...failures);
  };
  if (patterns.length === 0) add(await runAllChecks());
  // Not on every PATH: then it comes with a jar, and tests that start their own take the same.
  const REDIS_SERVER = stack.servers.find(({ name }) => name === 'redis')?.program;
  const env = { REDIS_SERVER, ...process.env, ...stack.env };
  for (const project of projects) {
    if (signal.aborted) break;
    add(await runProject(project, { patterns, folder, env }));
  }
  return total;
};

const main = async (patterns: string[]): Promise<Tally> => {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-test-'));
  chmodSync(folder, 0o755); // PostgreSQL may run as another user than we
  const abort = new AbortController();
  let stack: Stack | null = null;
  const stop = (): void => {
    abort.abort();
    // Tests still running lose their servers and fail; then the normal end follows.
    void stack?.close();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    const { signal } = abort;
    stack = await createStack({ dataDir: join(folder, 'stack'), signal });
    const tally = await runEverything(stack, { folder, patterns, signal });
    return signal.aborted ? { ...tally, failed: Math.max(tally.failed, 1) } : tally;
  } catch (fault) {
    return failedAs('the servers', describeFault(fault));
  } finally {
    await stack?.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
};

const { passed, failed, failures } = await main(process.argv.slice(2));
if (failures.length > 0) say(`\n${describeFailures(failures)}`);
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
