import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { parts } from '@wallet/deploy';
import { freePort } from '../support/free-port.ts';
import { waitFor } from '../support/wait-for.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyMs = 30_000;
/** Nothing is there: a process that takes its settings waits for its servers. */
const shared = {
  REDIS_URL: 'redis://127.0.0.1:1',
  KAFKA_BROKERS: '127.0.0.1:1',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
  LOG_LEVEL: 'fatal',
};
const secrets = {
  DATABASE_URL: 'postgres://wallet:secret@127.0.0.1:1/wallet',
  WALLET_ID_SECRET: 'ab'.repeat(32),
  WALLET_MASTER_KEY: 'cd'.repeat(32),
  WALLET_IDENTITY_SECRET: 'ef'.repeat(32),
  HEARTBEAT_PASSWORD: 'not used here',
  WALLET_SMTP_URL: 'smtp://127.0.0.1:1',
} as const;

/** Starts a part as its manifest says, until it answers its probe or ends; then ends it. */
async function startsUp(part: (typeof parts)[number]): Promise<string> {
  const statusPort = await freePort();
  const env = {
    PATH: process.env['PATH'],
    ...shared,
    ...part.settings,
    ...Object.fromEntries(part.secrets.map((name) => [name, secrets[name]] as const)),
    ...{ STATUS_PORT: String(statusPort), STATUS_HOST: '127.0.0.1', HOST: '127.0.0.1', PORT: '0' },
    ...{ IDENTITY_PORT: '0', IDENTITY_HOST: '127.0.0.1' },
  };
  const child = spawn(process.execPath, part.command, { cwd: root, env });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    return await waitFor(
      async () => {
        if (child.exitCode !== null) return `exit ${child.exitCode}: ${output}`;
        const answer = await fetch(`http://127.0.0.1:${statusPort}/livez`);
        return answer.ok && 'lives';
      },
      `${part.name} to answer its probe`,
      readyMs,
    );
  } finally {
    child.kill('SIGKILL');
  }
}

test.each(parts.map((part) => [part.name, part] as const))(
  '%s starts with the settings and secrets of its manifest',
  async (_name, part) => {
    expect(await startsUp(part)).toBe('lives');
  },
  readyMs + 10_000,
);

test(
  'a part without one of its secrets does not start',
  async () => {
    const [edge] = parts;
    if (edge === undefined) throw new Error('there are no parts');
    expect(await startsUp({ ...edge, secrets: ['DATABASE_URL'] })).toMatch(
      /^exit 2: [^]*WALLET_ID_SECRET/,
    );
  },
  readyMs + 10_000,
);
