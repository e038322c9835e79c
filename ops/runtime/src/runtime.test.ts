import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  ConfigError,
  Fault,
  backoffMs,
  createLifecycle,
  createLog,
  isRetriableFault,
  loadConfig,
  retry,
  setting,
  settings,
} from './index.ts';

const silent = createLog({ role: 'test', level: 'silent' });

describe('loadConfig', () => {
  const table = {
    DATABASE_URL: settings.DATABASE_URL,
    KAFKA_BROKERS: settings.KAFKA_BROKERS,
    STATUS_PORT: settings.STATUS_PORT,
    WALLET_SANDBOX: settings.WALLET_SANDBOX,
    WALLET_ID_SECRET: settings.WALLET_ID_SECRET,
    POOL_SIZE: setting.integer({ min: 1, max: 50, fallback: 10 }),
  };
  const good = {
    DATABASE_URL: 'postgres://wallet@127.0.0.1:5432/wallet',
    KAFKA_BROKERS: '127.0.0.1:9092, 127.0.0.1:9093',
    WALLET_ID_SECRET: 'ab'.repeat(32),
  };

  test('reads, converts and freezes', () => {
    const config = loadConfig(table, { ...good, WALLET_SANDBOX: 'true', STATUS_PORT: '' });
    expect(config).toMatchObject({ STATUS_PORT: 0, POOL_SIZE: 10, WALLET_SANDBOX: true });
    expect(config.KAFKA_BROKERS).toEqual(['127.0.0.1:9092', '127.0.0.1:9093']);
    expect(Object.isFrozen(config)).toBe(true);
  });

  test('names every problem in one message and echoes no value', () => {
    const wrong = {
      DATABASE_URL: 'mysql://root:hunter2@db/wallet',
      POOL_SIZE: '0',
      WALLET_ID_SECRET: 'abcdef',
      WALLET_SANDBOX: 'yes',
    };
    const error = caught(() => loadConfig(table, wrong)) as ConfigError;
    expect(error).toBeInstanceOf(ConfigError);
    expect(error.problems).toEqual([
      'DATABASE_URL must be a URL starting with postgres:// or postgresql://',
      'KAFKA_BROKERS is not set',
      'WALLET_SANDBOX must be true or false',
      'WALLET_ID_SECRET must be at least 32 bytes in hexadecimal',
      'POOL_SIZE must be a whole number from 1 to 50',
    ]);
    expect(error.message).not.toMatch(/hunter2|abcdef/);
  });

  test.each(['1.5', '1e3', ' 4', '0x10', '51', '-1'])('POOL_SIZE=%s is refused', (text) => {
    expect(() => loadConfig(table, { ...good, POOL_SIZE: text })).toThrow('POOL_SIZE');
  });
});

describe('retry', () => {
  const options = { baseMs: 1, maxMs: 4, retriable: isRetriableFault };
  const fault = (retriable: boolean) => new Fault('probe', 'probe', { retriable });

  test('tries again while the fault is retriable, then gives the result', async () => {
    const seen: number[] = [];
    let calls = 0;
    const result = await retry(
      { ...options, attempts: 5, onRetry: (_error, attempt) => seen.push(attempt) },
      async () => {
        calls += 1;
        if (calls < 3) throw fault(true);
        return 'done';
      },
    );
    expect({ result, seen }).toEqual({ result: 'done', seen: [1, 2] });
  });

  test.each([
    { why: 'not retriable', retriable: false, attempts: 5, calls: 1 },
    { why: 'out of attempts', retriable: true, attempts: 3, calls: 3 },
  ])('throws the last error when $why', async ({ retriable, attempts, calls }) => {
    let made = 0;
    const attempt = async () => {
      made += 1;
      throw fault(retriable);
    };
    await expect(retry({ ...options, attempts }, attempt)).rejects.toThrow('probe');
    expect(made).toBe(calls);
  });

  test('a deadline and a signal end it; neither given is a programming error', async () => {
    const attempt = async () => {
      throw fault(true);
    };
    await expect(retry({ ...options, deadlineMs: 20 }, attempt)).rejects.toThrow('probe');
    const signal = AbortSignal.timeout(20);
    await expect(retry({ ...options, maxMs: 60_000, signal }, attempt)).rejects.toThrow('probe');
    await expect(retry(options, attempt)).rejects.toThrow('nothing retries for ever');
  });

  test('the wait lies between 0 and the ceiling, whatever the attempt', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, random) => {
          const waitMs = backoffMs(n, { baseMs: 10, maxMs: 1000 }, () => random);
          expect(waitMs).toBeGreaterThanOrEqual(0);
          expect(waitMs).toBeLessThanOrEqual(Math.min(1000, 10 * 2 ** Math.min(n - 1, 30)));
        },
      ),
    );
  });
});

describe('lifecycle', () => {
  test('closes last in first out, once, whatever fails, and tells how it ended', async () => {
    const order: string[] = [];
    const codes: number[] = [];
    const lifecycle = createLifecycle({ log: silent, deadlineMs: 50, exit: (c) => codes.push(c) });
    lifecycle.onClose('first', () => void order.push('first'));
    lifecycle.onClose('hangs', () => new Promise(() => undefined));
    lifecycle.onClose('throws', () => {
      order.push('throws');
      throw new Error('probe');
    });
    await Promise.all([lifecycle.shutdown('test'), lifecycle.fail('test', new Error('probe'))]);
    expect({ order, codes, closing: lifecycle.closing() }).toEqual({
      order: ['throws', 'first'],
      codes: [1],
      closing: true,
    });
    process.exitCode = 0; // the unclean shutdown above set it for this test process
  });
});

describe('log', () => {
  test('writes JSON lines with the role and hides secrets', () => {
    const lines: string[] = [];
    const log = createLog({ role: 'edge', destination: { write: (line) => lines.push(line) } });
    log.info(
      { headers: { authorization: 'Bearer abc' }, body: { password: 'hunter2', note: 'kept' } },
      'probe',
    );
    log.error({ err: new Fault('code_x', 'broken', { retriable: true }) }, 'failed');
    expect(lines.join('')).not.toMatch(/abc|hunter2/);
    const [first, second] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(first).toMatchObject({ role: 'edge', level: 'info', message: 'probe' });
    expect(second).toMatchObject({ err: { code: 'code_x', retriable: true } });
  });
});

function caught(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
