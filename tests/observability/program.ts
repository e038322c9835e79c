import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

const startDeadlineMs = 20_000;

/**
 * Starts a server of the test's own and waits until it answers.
 * @param readyUrl answers 200 once it is ready
 * @throws when it is not on PATH or not ready in time
 */
export async function startProgram(
  command: string,
  args: readonly string[],
  readyUrl: string,
): Promise<{ close(): Promise<void> }> {
  const child = spawn(command, args, { stdio: 'ignore' });
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', (cause) =>
      reject(new Error(`${command} does not start: is it installed and on PATH?`, { cause })),
    );
  });
  await Promise.race([untilReady(command, readyUrl), failed]);
  return { close: () => ended(child) };
}

async function untilReady(command: string, url: string): Promise<void> {
  const endMs = performance.now() + startDeadlineMs;
  while (performance.now() < endMs) {
    const ready = await fetch(url).catch(() => undefined);
    if (ready?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`${command} was not ready within ${startDeadlineMs} ms`);
}

async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.kill('SIGTERM')) await gone;
}
