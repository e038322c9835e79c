import { expect, test } from '@jest/globals';
import { createEmptyDatabase } from '@wallet/core-ledger/testing';
import { createTestWire } from '@wallet/schemas/testing';
import { deployCommand } from './deploy.ts';

test('brings database, schemas and topics, and changes nothing the second time', async () => {
  const wired = await createTestWire('deploy-command');
  const database = await createEmptyDatabase();
  const environment = {
    DATABASE_URL: database.url,
    KAFKA_BROKERS: wired.brokers.join(','),
    SCHEMA_REGISTRY_URL: wired.registryUrl,
    KAFKA_TOPIC_PREFIX: wired.topicPrefix,
  };
  const run = async (): Promise<[number, string[]]> => {
    const said: string[] = [];
    const print = (line: string): void => void said.push(line);
    return [await deployCommand([], { environment, print }), said];
  };
  try {
    const first = await run();
    expect(first).toEqual([
      0,
      [expect.stringMatching(/^database {2}\d{4}-/), expect.stringMatching(/^topics .* letters$/)],
    ]);
    expect(await run()).toEqual(first);
  } finally {
    await wired.close();
    await database.drop();
  }
});
