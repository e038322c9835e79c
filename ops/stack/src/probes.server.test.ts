import { describe, expect, test } from '@jest/globals';
import { probeHttp, probeKafka, probePostgres, probeRedis } from './probes.ts';

/** The port of a server that the environment names. */
const portOf = (variable: string): number => {
  const value = process.env[variable] ?? '';
  const [first = ''] = value.split(',');
  return Number(new URL(first.includes('://') ? first : `tcp://${first}`).port);
};
const NOBODY_LISTENS = 1;

describe('a probe says yes only to its own kind of server', () => {
  test('postgres', async () => {
    expect(await probePostgres(portOf('DATABASE_URL'), 'wallet', 'wallet')).toBe(true);
    expect(await probePostgres(portOf('DATABASE_URL'), 'wallet', 'no_such_database')).toBe(false);
    expect(await probePostgres(portOf('REDIS_URL'), 'wallet', 'wallet')).toBe(false);
    expect(await probePostgres(NOBODY_LISTENS, 'wallet', 'wallet')).toBe(false);
  });

  test('redis', async () => {
    expect(await probeRedis(portOf('REDIS_URL'))).toBe(true);
    expect(await probeRedis(NOBODY_LISTENS)).toBe(false);
  });

  test('kafka: as many brokers as wanted', async () => {
    const brokers = (process.env['KAFKA_BROKERS'] ?? '').split(',').length;
    expect(await probeKafka(portOf('KAFKA_BROKERS'), brokers)).toBe(true);
    expect(await probeKafka(portOf('KAFKA_BROKERS'), brokers + 1)).toBe(false);
    expect(await probeKafka(NOBODY_LISTENS, 1)).toBe(false);
  });

  test('registry', async () => {
    expect(await probeHttp(`${process.env['SCHEMA_REGISTRY_URL']}/subjects`)).toBe(true);
    expect(await probeHttp(`http://127.0.0.1:${NOBODY_LISTENS}/`)).toBe(false);
  });
});
