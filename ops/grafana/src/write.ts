import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dashboards } from './dashboards.ts';
import { renderDashboard } from './house.ts';

// Started by `npm run dashboards`: writes what the drift test compares.
const folder = fileURLToPath(new URL('../dashboards/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries(dashboards)) {
  writeFileSync(`${folder}${name}.json`, renderDashboard(dashboard));
}
