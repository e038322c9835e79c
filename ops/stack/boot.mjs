// The first thing every npm script runs: plain JavaScript for any Node from 18, no dependency.
// It makes node_modules match package-lock.json and hands over to the given entry on the project's
// own Node (an npm package), so that `npm start` works straight after `git clone`.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_NODE = 18; // what this file itself needs
const PROJECT_NODE = 24; // what the sources need: it runs TypeScript as it stands
const PARENT_CHECK_MS = 1000;

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const marker = path.join(root, 'node_modules/.wallet-lock-hash');

const nodeMajor = () => Number(process.versions.node.split('.')[0]);
const readJson = (file) => JSON.parse(fs.readFileSync(file, 'utf8'));

const fail = (sentence) => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

/** Optional packages are for one platform each; which libc we have is npm's to find out. */
const isForUs = ({ optional, os, cpu, libc }) =>
  !optional || (os?.includes(process.platform) && cpu?.includes(process.arch) && !libc);

/** Does npm's own record of node_modules agree with the lock file? */
const installedMatches = () => {
  const wanted = readJson(path.join(root, 'package-lock.json')).packages;
  const found = readJson(path.join(root, 'node_modules/.package-lock.json')).packages;
  return Object.entries(wanted).every(([where, entry]) => {
    if (!where.startsWith('node_modules/') || entry.link || !isForUs(entry)) return true;
    return found[where]?.version === entry.version && fs.existsSync(path.join(root, where));
  });
};

const lockHash = () =>
  createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');

const isInstalled = () => {
  try {
    if (fs.readFileSync(marker, 'utf8') === lockHash()) return true;
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  // No marker: somebody may have run npm by hand. Trust npm's own record before installing again.
  if (!fs.existsSync(path.join(root, 'node_modules/.package-lock.json'))) return false;
  if (!installedMatches()) return false;
  fs.writeFileSync(marker, lockHash());
  return true;
};

const npmCommand = () =>
  process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];

/** The one sentence that tells what npm's output means. */
const explainNpm = (output) => {
  if (
    /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ERR_SOCKET_TIMEOUT|network/i.test(output)
  ) {
    return (
      'The packages could not be fetched: no answer from the npm registry. ' +
      'Check the network (or the proxy settings of npm) and run the command again.'
    );
  }
  if (/ENOSPC/.test(output)) return 'The disk is full: free about 1 GB and run the command again.';
  if (/EACCES|EPERM/.test(output)) {
    return `npm may not write to ${root}: run the command as the owner of that folder.`;
  }
  const last =
    output.split('\n').filter((line) => /npm (error|ERR!)/.test(line))[0] ?? 'no message';
  return `npm install failed (${last.trim()}). Run "npm install" by hand to see all of it.`;
};

const install = () =>
  new Promise((resolve) => {
    const startedMs = Date.now();
    const seconds = () => `${((Date.now() - startedMs) / 1000).toFixed(1)} s`;
    process.stderr.write('Installing packages (npm install; once, about 400 MB on disk) …\n');
    const ticker = setInterval(
      () => process.stderr.write(`  … still installing, ${seconds()}\n`),
      5000,
    );
    const [command, ...first] = npmCommand();
    // What the lock file says, as `npm ci` does. That one refuses to start where a registry lacks a
    // package that only other platforms need.
    const args = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    const npm = spawn(command, [...first, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32' && first.length === 0,
    });
    let output = '';
    npm.stdout.on('data', (chunk) => (output += chunk));
    npm.stderr.on('data', (chunk) => (output += chunk));
    npm.on('error', () =>
      fail('npm was not found on PATH: install Node.js with npm and run again.'),
    );
    npm.on('close', (code) => {
      clearInterval(ticker);
      if (code !== 0) fail(explainNpm(output));
      fs.writeFileSync(marker, lockHash());
      process.stderr.write(`Installed in ${seconds()}.\n`);
      resolve();
    });
  });

/** The project's own Node; where npm has no package of it the one in use, if new enough. */
const projectNode = () => {
  const bundled = path.join(root, 'node_modules/.bin/node');
  if (fs.existsSync(bundled)) return fs.realpathSync(bundled);
  if (nodeMajor() >= PROJECT_NODE) return process.execPath;
  return fail(
    `npm has no package of Node ${PROJECT_NODE} for ${process.platform}-${process.arch}: ` +
      'install it and run again.',
  );
};

const findOnPath = (name) =>
  (process.env.PATH ?? '')
    .split(path.delimiter)
    .map((folder) => path.join(folder, name))
    .find((file) => fs.existsSync(file));

/** Our parent and, under npm, the parent of the shell between npm and us: "12,11". */
const startersOf = () => {
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event === undefined) return `${parent}`;
  try {
    const stat = fs.readFileSync(`/proc/${parent}/stat`, 'utf8');
    return `${parent},${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]}`;
  } catch {
    return `${parent}`; // no /proc on this system, or the parent has just ended
  }
};

/** Runs the entry; where Linux can, it gets SIGTERM even if this process is killed with -9. */
const handOver = (entry, args) => {
  const node = projectNode();
  const setpriv = process.platform === 'linux' ? findOnPath('setpriv') : undefined;
  const guard = setpriv ? [setpriv, '--pdeathsig', 'TERM', '--'] : [];
  const [command, ...rest] = [...guard, node, path.join(root, entry), ...args];
  const child = spawn(command, rest, {
    stdio: 'inherit',
    env: {
      // Half the CPU time of a start goes into parsing; inherited by every process of ours.
      NODE_COMPILE_CACHE: path.join(root, 'node_modules/.cache/compiled'),
      ...process.env,
      PATH: `${path.dirname(node)}${path.delimiter}${process.env.PATH ?? ''}`,
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(signal, () => child.kill(signal));
  const starters = startersOf();
  // npm killed with -9 tells nobody: notice that we, or the shell between, have another parent.
  const watch = () => startersOf() !== starters && child.kill('SIGTERM');
  setInterval(watch, PARENT_CHECK_MS).unref();
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}.`));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1);
    process.exit();
  });
};

const [entry, ...args] = process.argv.slice(2);
if (nodeMajor() < OLDEST_NODE) {
  fail(
    `Node ${process.versions.node} is too old: install Node ${OLDEST_NODE} or newer and run again.`,
  );
}
if (!entry) fail('usage: node ops/stack/boot.mjs <entry.ts> [arguments]');
process.chdir(root);
if (!isInstalled()) await install();
handOver(entry, args);
