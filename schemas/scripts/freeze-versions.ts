// Keeps the present schemas as versions: `node schemas/scripts/freeze-versions.ts`. A record whose
// schema has not changed since its newest version gets no new one.
import { mkdirSync, writeFileSync } from 'node:fs';
import { readSchema } from '../src/schema-files.ts';
import { recordFiles, versionsFolder, versionsOf } from './schema-versions.ts';

for (const file of recordFiles) {
  const versions = versionsOf(file);
  const present = JSON.stringify(readSchema(file), null, 2);
  if (JSON.stringify(versions.at(-1), null, 2) === present) continue;
  const folder = versionsFolder(file);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${versions.length + 1}.avsc`, folder), `${present}\n`);
}
