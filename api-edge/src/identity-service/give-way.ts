import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import type { Log } from '@wallet/runtime';

/** Of 0 to 19: who hashes gets a tenth of what another that wants the processor gets. */
const hashingNiceness = 10;
/** The process as a whole still answers in time: a third of what another gets. */
const processNiceness = 5;
/** libuv's name for the threads on which passwords are hashed. */
const poolThread = 'libuv-worker';

/**
 * Payments go first: hashing passwords takes the processor time that nobody else wants, while the
 * thread that takes requests and refuses what is too much stays quick. Linux only.
 */
export async function giveWay(log: Log): Promise<void> {
  if (process.platform !== 'linux') return;
  try {
    await readFile('/proc/self/stat'); // the pool's threads exist from its first work on
    for (const thread of readdirSync('/proc/self/task')) {
      const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
      if (name === poolThread) setPriority(Number(thread), hashingNiceness);
    }
    // Where sessions are scheduled as groups, priorities count within a group alone.
    if (isSessionLeader()) writeFileSync('/proc/self/autogroup', String(processNiceness));
  } catch (error) {
    log.warn({ err: error }, 'logins compete with payments: the priority cannot be lowered');
  }
}

/** Else the group is that of somebody's terminal. */
function isSessionLeader(): boolean {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  // The program's name in brackets may hold blanks: count from its end.
  const session = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3];
  return Number(session) === process.pid;
}
