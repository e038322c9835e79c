import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { renderRecords } from '../scripts/render-records.ts';
import { recordFiles, versionsOf } from '../scripts/schema-versions.ts';
import { createAvroType } from './avro-types.ts';
import { readSchema } from './schema-files.ts';
import { allTopics } from './topics.ts';

const generatedFile = new URL('./records.generated.ts', import.meta.url);

test('the generated types are those of the Avro files', () => {
  const text = readFileSync(generatedFile, 'utf8');
  // After a change of an Avro file: node schemas/scripts/generate-records.ts
  expect(text).toBe(renderRecords());
});

test('every topic has a schema file that is kept by version', () => {
  const kept: readonly string[] = recordFiles;
  expect(allTopics.filter(({ schemaFile }) => !kept.includes(schemaFile))).toEqual([]);
});

describe.each(recordFiles)('%s', (file) => {
  const versions = versionsOf(file);

  test('the newest version is the present schema', () => {
    // After a change of an Avro file: node schemas/scripts/freeze-versions.ts
    expect(versions.at(-1)).toEqual(readSchema(file));
  });

  test('every version reads every other one (FULL_TRANSITIVE)', () => {
    for (const reader of versions) for (const writer of versions) readAs(reader, writer);
  });
});

describe('the compatibility check itself', () => {
  const record = (fields: unknown[]) => ({ type: 'record', name: 'Thing', fields });
  const id = { name: 'id', type: 'string' };

  test.each([
    ['a new field without a default', record([id, { name: 'must', type: 'string' }])],
    ['a changed type', record([{ name: 'id', type: 'long' }])],
    ['another name', { ...record([id]), name: 'Other' }],
  ])('%s is found in one direction at least', (_, changed) => {
    const both = () => {
      readAs(changed, record([id]));
      readAs(record([id]), changed);
    };
    expect(both).toThrow();
  });

  test('a new field with a default passes', () => {
    const changed = record([id, { name: 'memo', type: ['null', 'string'], default: null }]);
    readAs(changed, record([id]));
    readAs(record([id]), changed);
  });
});

function readAs(reader: unknown, writer: unknown): void {
  createAvroType(reader).createResolver(createAvroType(writer));
}
