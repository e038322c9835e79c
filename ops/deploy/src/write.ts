import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { renderCompose } from './compose.ts';
import { renderManifests } from './manifests.ts';

// Started by `npm run manifests`: writes what the drift test compares.
const folder = fileURLToPath(new URL('../', import.meta.url));
mkdirSync(`${folder}kubernetes`, { recursive: true });
for (const [name, text] of renderManifests()) writeFileSync(`${folder}kubernetes/${name}`, text);
writeFileSync(`${folder}compose.yaml`, renderCompose());
