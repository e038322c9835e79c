import { writeFile } from 'node:fs/promises';
import { createDatabase } from '../src/database/database.ts';
import { dumpSchema } from '../src/database/dump-schema.ts';
import { createTestDatabase } from '../src/testing/index.ts';

// Writes schema.sql from a database fresh from the migrations. Needs DATABASE_URL.
const { url, drop } = await createTestDatabase();
const db = createDatabase({ url, applicationName: 'dump schema' });
await writeFile(new URL('../schema.sql', import.meta.url), await dumpSchema(db.knex));
await db.close();
await drop();
