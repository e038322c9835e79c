import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const version = '4.32.5';
const hooks = fileURLToPath(new URL('hooks.py', import.meta.url));
const installMs = 5 * 60_000;

/** Beside what the launcher keeps: outside the checkout, shared by all clones. */
function cacheFolder(): string {
  const caches = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['STACK_CACHE'] ?? join(caches, 'wallet-stack');
}

export type Installed = { program: string } | { unavailable: string };

/**
 * Installs schemathesis from PyPI into a virtual environment of its own, once per version.
 * @returns why it cannot be had: no Python, or PyPI out of reach
 */
export async function installSchemathesis(): Promise<Installed> {
  const folder = join(cacheFolder(), `schemathesis-${version}`);
  const program = join(folder, 'bin', 'schemathesis');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return { program };
  mkdirSync(dirname(folder), { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const venv = await run('python3', ['-m', 'venv', folder], { timeoutMs: installMs });
  if (venv.code !== 0) return { unavailable: `no virtual environment: ${lastLine(venv.output)}` };
  const options = ['install', '--quiet', '--disable-pip-version-check'];
  const pip = await run(join(folder, 'bin', 'pip'), [...options, `schemathesis==${version}`], {
    timeoutMs: installMs,
  });
  if (pip.code !== 0) return { unavailable: `PyPI was not reached: ${lastLine(pip.output)}` };
  writeFileSync(`${complete}.new`, version);
  renameSync(`${complete}.new`, complete);
  return { program };
}

export type Fuzzing = {
  program: string;
  /** Such as http://127.0.0.1:8080 */
  url: string;
  /** Who may log in there. */
  email: string;
  password: string;
  seed: number;
  /** Most examples for each operation and phase. */
  examples: number;
  timeoutMs: number;
};

/** Runs all phases with all checks. @returns exit code 0 when nothing was found */
export async function fuzz(options: Fuzzing): Promise<{ code: number; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'wallet-fuzz-'));
  try {
    return await run(
      options.program,
      [
        ...['run', `${options.url}/openapi.json`, '--no-color', '--continue-on-failure'],
        ...['--phases', 'examples,coverage,fuzzing,stateful', '--checks', 'all'],
        ...['--exclude-checks', 'positive_data_acceptance'],
        ...['--max-examples', String(options.examples), '--seed', String(options.seed)],
        ...['--generation-database', 'none', '--warnings', 'off'],
      ],
      {
        timeoutMs: options.timeoutMs,
        cwd: folder, // it would take up a configuration file lying about
        env: {
          SCHEMATHESIS_HOOKS: hooks,
          FUZZ_EMAIL: options.email,
          FUZZ_PASSWORD: options.password,
        },
      },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(
  program: string,
  args: readonly string[],
  options: { timeoutMs: number; cwd?: string; env?: Record<string, string> },
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const { timeoutMs, cwd } = options;
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      env: { ...process.env, ...options.env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1) ?? '';
}
