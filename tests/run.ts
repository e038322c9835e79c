// `npm test`: everything that CI runs. Starts servers of its own on free ports in a temporary
// folder, then the checks and the three jest projects, and ends with "N passed, N failed".
import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createStack, describeFault, type Stack } from '@wallet/stack';
import { describeChecks, runChecks } from './check.ts';

type Tally = { passed: number; failed: number };
type JestReport = {
  numPassedTests: number;
  numFailedTests: number;
  numRuntimeErrorTestSuites: number;
  testResults: {
    name: string;
    message: string;
    assertionResults: { status: string; fullName: string }[];
  }[];
};

const root = fileURLToPath(new URL('..', import.meta.url));
/** `system` starts whole processes and measures or harms them: one file at a time. */
const projects: { name: string; args: readonly string[] }[] = [
  { name: 'unit', args: [] },
  { name: 'servers', args: ['--maxWorkers=2'] },
  { name: 'system', args: ['--runInBand'] },
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

const runJest = (args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> =>
  new Promise((resolve) => {
    const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
    const command = [...flags, join(root, 'node_modules/jest/bin/jest.js'), ...args];
    const child = spawn(process.execPath, command, { cwd: root, env, stdio: 'inherit' });
    child.on('error', () => resolve(-1));
    child.on('exit', (code) => resolve(code ?? -1));
  });

const readReport = (file: string): JestReport | null => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return null; // jest ended before it could write: counted as one failure by the caller
  }
};

const tallyOf = (report: JestReport): Tally => {
  for (const { name, message, assertionResults } of report.testResults) {
    const failures = assertionResults.filter(({ status }) => status === 'failed');
    for (const { fullName } of failures) say(`✗ ${fullName} (${name.replace(root, '')})`);
    if (failures.length === 0 && assertionResults.length === 0 && message) {
      say(`✗ ${name.replace(root, '')} could not run`);
    }
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
  };
};

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
  if (read === null) {
    say(`✗ the ${name} tests ended without a report (exit code ${code})`);
    return { passed: 0, failed: 1 };
  }
  const tally = tallyOf(read);
  return code === 0 || tally.failed > 0 ? tally : { ...tally, failed: 1 };
};

const runEverything = async (stack: Stack, folder: string, patterns: string[]): Promise<Tally> => {
  const total = { passed: 0, failed: 0 };
  const add = ({ passed, failed }: Tally): void => {
    total.passed += passed;
    total.failed += failed;
  };
  if (patterns.length === 0) {
    say('\n── check');
    const results = await runChecks();
    say(describeChecks(results));
    const passed = results.filter(({ ok }) => ok).length;
    add({ passed, failed: results.length - passed });
  }
  const env = { ...process.env, ...stack.env };
  for (const project of projects) add(await runProject(project, { patterns, folder, env }));
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
    stack = await createStack({ dataDir: join(folder, 'stack'), signal: abort.signal });
    const tally = await runEverything(stack, folder, patterns);
    return abort.signal.aborted ? { ...tally, failed: Math.max(tally.failed, 1) } : tally;
  } catch (fault) {
    say(describeFault(fault));
    return { passed: 0, failed: 1 };
  } finally {
    await stack?.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
};

const { passed, failed } = await main(process.argv.slice(2));
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
