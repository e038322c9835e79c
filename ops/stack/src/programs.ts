import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Owner of a started process; null keeps ours. */
export type Identity = { uid: number; gid: number } | null;

export type ProgramResult = { code: number; output: string };

export type ProgramOptions = {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  identity?: Identity;
  input?: string;
  timeoutMs?: number;
};

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // "Not there" and "not ours to run" are the same answer to the question asked.
    return false;
  }
};

/** Full path of a program on PATH, or null. */
export const findProgram = (name: string, path = process.env['PATH'] ?? ''): string | null =>
  path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable) ?? null;

/**
 * Where Linux can, the program gets the signal when this process ends, even by kill -9.
 * @returns the command and arguments to start instead
 */
export const dyingWithParent = (
  command: string,
  args: readonly string[],
  signal: NodeJS.Signals,
): [command: string, args: readonly string[]] => {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : null;
  if (setpriv === null) return [command, args];
  return [setpriv, ['--pdeathsig', signal.replace('SIG', ''), '--', command, ...args]];
};

/**
 * Runs a program to its end without a shell; it does not outlive us.
 * @returns exit code (-1 when it could not start or ran out of time) and both outputs together
 */
export const runProgram = (
  command: string,
  args: readonly string[],
  { cwd, env, identity, input, timeoutMs }: ProgramOptions = {},
): Promise<ProgramResult> =>
  new Promise((resolve) => {
    const child = spawn(...dyingWithParent(command, args, 'SIGTERM'), {
      stdio: ['pipe', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(env === undefined ? {} : { env }),
      ...(identity ?? {}),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    // A program may end before it has read its input; its exit code tells the story.
    child.stdin.on('error', (error) => (output += `\n${error.message}`));
    child.stdin.end(input ?? '');
    child.on('error', (error) => resolve({ code: -1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
