import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { deployWire } from './deploy.ts';
import { createRegistry, type Registry } from './registry.ts';
import { schemaText } from './schema-files.ts';
import { createTestWire, type TestWire } from './testing/test-wire.ts';
import { allTopics, deadLetterTopicOf, topics } from './topics.ts';
import { createWire } from './wire.ts';

let deployed: TestWire;
let registry: Registry;

beforeAll(async () => {
  deployed = await createTestWire('deploy');
  registry = createRegistry(deployed.registryUrl);
});
afterAll(() => deployed?.close());

const subjectOf = (subject: string) => deployed.topicPrefix + subject;

describe('the deploy step', () => {
  test('creates every topic and its dead-letter topic, each partition with a leader', async () => {
    const { topics: found } = await deployed.wire.admin.describe();
    const wanted = allTopics.flatMap(({ name }) => [name, deadLetterTopicOf(name)]);
    expect(found.map(({ topic }) => topic).sort()).toEqual([...wanted].sort());
    for (const { partitions } of found) {
      expect(partitions.length).toBe(topics.paymentIntents.partitions);
      expect(partitions.every(({ leader }) => leader >= 0)).toBe(true);
    }
  });

  test('registers every schema as FULL_TRANSITIVE', async () => {
    for (const { subject, schemaFile } of allTopics) {
      const config = await fetch(`${deployed.registryUrl}/config/${subjectOf(subject)}`);
      expect(await config.json()).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' });
      expect(await registry.findId(subjectOf(subject), schemaText(schemaFile))).not.toBeNull();
    }
  });

  test('changes nothing when repeated', async () => {
    const idsOf = () =>
      Promise.all(
        allTopics.map(({ subject, schemaFile }) =>
          registry.findId(subjectOf(subject), schemaText(schemaFile)),
        ),
      );
    const before = await idsOf();
    await deployWire({ ...deployed });
    expect(await idsOf()).toEqual(before);
  });
});

describe('the registry', () => {
  test('refuses a schema that cannot follow its predecessors, with 409', async () => {
    const changed = schemaText('wallet-event.avsc').replace('"occurred_at"', '"happened_at"');
    const attempt = registry.register(subjectOf(topics.walletEvents.subject), changed);
    await expect(attempt).rejects.toMatchObject({ code: 'schema_incompatible', retriable: false });
    await expect(attempt).rejects.toThrow(/incompatible/i);
  });

  test('takes a schema with a new field that has a default', async () => {
    const schema = JSON.parse(schemaText('wallet-event.avsc')) as { fields: unknown[] };
    schema.fields.push({ name: 'memo', type: ['null', 'string'], default: null });
    const subject = subjectOf(topics.walletEvents.subject);
    expect(await registry.register(subject, JSON.stringify(schema))).toBeGreaterThan(0);
  });

  test('takes a new kind of wallet intent, because the enum has a default', async () => {
    const changed = schemaText('wallet-intent.avsc').replace('"top_up"]', '"top_up","withdrawal"]');
    const subject = subjectOf(topics.walletIntents.subject);
    expect(await registry.register(subject, changed)).toBeGreaterThan(0);
  });

  test('does not know an invented id', async () => {
    expect(await registry.writerType(987_654_321)).toBeNull();
  });

  test('knows no writer of records for a schema that is not Avro', async () => {
    const subject = subjectOf('a-json-schema');
    const jsonSchema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' };
    const answer = await fetch(`${deployed.registryUrl}/subjects/${subject}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schemaType: 'JSON', schema: JSON.stringify(jsonSchema) }),
    });
    const { id } = (await answer.json()) as { id: number };
    expect(await registry.writerType(id)).toBeNull();
  });

  test('that hangs is a retriable fault within seconds', async () => {
    const hanging = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    const attempt = createRegistry(`http://127.0.0.1:${port}`).writerType(1);
    await expect(attempt).rejects.toMatchObject({ code: 'registry_unreachable', retriable: true });
    hanging.closeAllConnections();
    hanging.close();
  });

  test('that is away is a retriable fault, not an unknown schema', async () => {
    const away = createRegistry('http://127.0.0.1:9/apis/ccompat/v7');
    const attempt = away.writerType(1);
    await expect(attempt).rejects.toMatchObject({ code: 'registry_unreachable', retriable: true });
  });
});

test('a process that starts before the deploy step waits for it', async () => {
  const { brokers, registryUrl, log, metrics } = deployed;
  const topicPrefix = `${deployed.topicPrefix}late.`;
  const starting = createWire({
    ...{ brokers, registryUrl, topicPrefix, log, metrics },
    clientId: 'test-late',
  });
  await deployWire({ brokers, registryUrl, topicPrefix, log });
  const wire = await starting;
  expect(wire.codec.decode(topics.walletEvents, null).ok).toBe(false);
  await wire.close();
});

test('the waiting for the registry can be given up', async () => {
  const { brokers, log, metrics } = deployed;
  const giveUp = new AbortController();
  const starting = createWire({
    ...{ brokers, log, metrics, signal: giveUp.signal },
    registryUrl: 'http://127.0.0.1:9',
    clientId: 'test-away',
  });
  giveUp.abort();
  await expect(starting).rejects.toThrow('aborted');
});
