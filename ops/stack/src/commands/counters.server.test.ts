import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { createTestDatabase } from '@wallet/core-ledger/testing';
import { createTestWire } from '@wallet/schemas/testing';
import { countersCommand } from './counters.ts';

test.each([[], ['rebuild'], ['rebuild', '--from', 'yesterday'], ['rebuild', '--from', '3w']])(
  'misuse: %j',
  async (...args) => {
    const lines: string[] = [];
    const print = (line: string): void => void lines.push(line);
    expect(await countersCommand(args, { environment: {}, print })).toBe(2);
    expect(lines.join()).toContain('usage:');
  },
);

test('hands over to new counters and says so, phase by phase', async () => {
  const database = await createTestDatabase();
  const wire = await createTestWire('counters');
  const lines: string[] = [];
  try {
    const environment = {
      ...process.env,
      ...{ DATABASE_URL: database.url, KAFKA_TOPIC_PREFIX: wire.topicPrefix },
      REDIS_KEY_PREFIX: `test-${randomUUID()}:`,
    };
    const print = (line: string): void => void lines.push(line);
    expect(await countersCommand(['rebuild', '--from', '30d'], { environment, print })).toBe(0);
  } finally {
    await wire.close();
    await database.drop();
  }
  const order = ['reading', 'handing over', 'waiting', 'removing', 'are in use since'];
  expect(order.map((words) => lines.findIndex((line) => line.includes(words)))).toEqual([
    ...order.keys(),
  ]);
}, 90_000);
