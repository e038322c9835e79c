// Writes src/records.generated.ts from the Avro files: `node schemas/scripts/generate-records.ts`.
import { writeFileSync } from 'node:fs';
import { renderRecords } from './render-records.ts';

writeFileSync(new URL('../src/records.generated.ts', import.meta.url), renderRecords());
