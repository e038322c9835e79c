import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@wallet/runtime';
import { describe, expect, test } from '@jest/globals';
import { readChecksums } from './jars.ts';
import { javaMajorOf } from './java.ts';
import { createPhases } from './phases.ts';
import { startOf } from './processes.ts';
import { createEnvironments, openSecrets } from './secrets.ts';
import { describeFault, SetupFault } from './setup-fault.ts';
import { describeStack } from './stack-file.ts';
import { readStartOptions } from './start-options.ts';
import { restartPauseMs } from './unit.ts';
import { tourCommands } from './welcome.ts';

const problemsOf = (args: string[], environment: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readStartOptions(args, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
};

describe('options of npm start', () => {
  test('nothing given: sandbox on, one broker, no port asked for', () => {
    expect(readStartOptions([], {})).toEqual({
      dataDir: '.wallet',
      brokers: 1,
      help: false,
      port: null,
      logLevel: 'info',
      sandbox: true,
    });
  });

  test('arguments and environment are read', () => {
    const options = readStartOptions(['--data', '/tmp/x', '--brokers', '3'], {
      PORT: '8090',
      WALLET_SANDBOX: 'false',
    });
    expect(options).toMatchObject({ dataDir: '/tmp/x', brokers: 3, port: 8090, sandbox: false });
  });

  test('one message lists every problem', () => {
    const problems = problemsOf(['--brokers', '2'], {
      PORT: 'eighty',
      DATABASE_URL: 'mysql://here',
      WALLET_ID_SECRET: 'short',
    });
    expect(problems).toHaveLength(4);
    expect(problems.join('\n')).toMatch(/--brokers(.|\n)*DATABASE_URL(.|\n)*PORT/);
    expect(problems.join('\n')).not.toContain('eighty');
  });

  test('an unknown option is a problem, not a trace', () => {
    expect(problemsOf(['--port', '1'], {})).toEqual(["Unknown option '--port'"]);
  });
});

describe('supervision', () => {
  test('every restart is due within 2 s of the death', () => {
    const pauses = [0, 1, 2, 3, 4, 50].map(restartPauseMs);
    expect(pauses[0]).toBe(100);
    expect(pauses).toEqual([...pauses].sort((left, right) => left - right));
    expect(Math.max(...pauses)).toBeLessThan(2_000);
  });

  test('stack.json: own servers and processes with pids, foreign ones by their address', () => {
    const unit = { start: nothing, ready: nothing, stop: nothing, restart: nothing };
    const rest = { ...unit, kill: () => undefined, ended: async () => 'code 0' };
    const stack = {
      env: { DATABASE_URL: 'postgres://elsewhere/wallet', REDIS_URL: 'redis://127.0.0.1:1' },
      servers: [{ ...rest, name: 'redis', url: 'redis://127.0.0.1:1', pid: () => 7 }],
      processes: [
        { ...rest, name: 'edge', role: 'edge', pid: () => null, statusUrl: 'http://127.0.0.1:2' },
      ],
    };
    expect(describeStack(stack, 'http://127.0.0.1:8080')).toEqual({
      urls: {
        edge: 'http://127.0.0.1:8080',
        registry: null,
        prometheus: null,
        alertmanager: null,
        database: 'postgres://elsewhere/wallet',
        redis: 'redis://127.0.0.1:1',
        brokers: null,
      },
      processes: [{ role: 'edge', pid: null, status_url: 'http://127.0.0.1:2' }],
      servers: [{ name: 'redis', pid: 7, url: 'redis://127.0.0.1:1' }],
    });
  });

  test('a process has a start time as long as it lives', () => {
    expect(startOf(process.pid)).not.toBeNull();
    expect(startOf(999_999_999)).toBeNull();
  });
});

const nothing = async (): Promise<void> => undefined;

describe('secrets', () => {
  test('made once, readable by their owner alone, and the environment wins', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const made = openSecrets(folder, {});
    expect(made.WALLET_ID_SECRET).toMatch(/^[0-9a-f]{64}$/);
    expect(made.WALLET_MASTER_KEY).toMatch(/^[0-9a-f]{64}$/);
    expect(openSecrets(folder, {})).toEqual(made);
    expect(statSync(join(folder, 'secrets/id-secret')).mode & 0o777).toBe(0o600);
    const given = 'ab'.repeat(32);
    expect(openSecrets(folder, { WALLET_MASTER_KEY: given }).WALLET_MASTER_KEY).toBe(given);
    const changing = openSecrets(folder, { WALLET_PREVIOUS_MASTER_KEY: given });
    expect(changing).toEqual({ ...made, WALLET_PREVIOUS_MASTER_KEY: given });
    const identity = createEnvironments({}, changing)('identity');
    expect(identity).toHaveProperty('WALLET_PREVIOUS_MASTER_KEY', given);
    rmSync(folder, { recursive: true });
  });
});

test('a process knows the secrets it needs and no other', () => {
  const secrets = {
    WALLET_ID_SECRET: 'a',
    WALLET_MASTER_KEY: 'b',
    WALLET_IDENTITY_SECRET: 'c',
  };
  const environmentOf = createEnvironments({ PORT: '1' }, secrets);
  expect(environmentOf('edge')).not.toHaveProperty('WALLET_MASTER_KEY');
  expect(environmentOf('streams')).toEqual({ PORT: '1' });
  expect(environmentOf('identity')).not.toHaveProperty('WALLET_ID_SECRET');
});

describe('what the terminal shows', () => {
  test('a phase is one line with its note and time; a failed one is marked', async () => {
    let text = '';
    const phases = createPhases({ write: (chunk: string) => ((text += chunk), true) });
    await phases.run('redis', async (note) => note('redis://127.0.0.1:1'));
    await phases.run('kafka', () => Promise.reject(new Error('no'))).catch(() => undefined);
    phases.end();
    expect(text).toMatch(/^✓ redis +\d+\.\d s {2}redis:\/\/127\.0\.0\.1:1\n✗ kafka +\d+\.\d s\n$/);
  });

  test('a fault of the machine is a sentence and its mend', () => {
    const text = describeFault(new SetupFault('Java is missing.', 'Install it.'));
    expect(text).toBe('Java is missing.\n  → Install it.');
  });

  test('the commands to paste carry the wallets', () => {
    const tour = { edge: 'http://127.0.0.1:8080', payerWalletId: 'p-1', payeeWalletId: 'p-2' };
    expect(tourCommands(tour)).toMatch(/"payer_wallet_id": "p-1",\s+"payee_wallet_id": "p-2"/);
  });
});

describe('what the machine says', () => {
  test.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_402"', 1],
    ['command not found', 0],
  ])('%s', (text, major) => expect(javaMajorOf(text)).toBe(major));

  test('a checksum list gives file and sum', () => {
    const sum = 'a1'.repeat(64);
    expect([...readChecksums(`${sum}  kafka.jar\nnot a line\n`)]).toEqual([['kafka.jar', sum]]);
  });
});
