import { writeFile } from 'node:fs/promises';
import { statesDocument } from '../src/states/states.ts';

// Writes states.md: the diagrams and lists of all state tables.
await writeFile(new URL('../states.md', import.meta.url), statesDocument());
