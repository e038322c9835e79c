import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { alerts } from './alerts/alerts.ts';
import { renderRules } from './alerts/rules.ts';
import { dashboards } from './dashboards.ts';
import { renderDashboard } from './house.ts';

// Started by `npm run dashboards`: writes what the drift tests compare.
const folder = fileURLToPath(new URL('../dashboards/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries(dashboards)) {
  writeFileSync(`${folder}${name}.json`, renderDashboard(dashboard));
}

const rules = fileURLToPath(new URL('../../prometheus/rules/', import.meta.url));
mkdirSync(rules, { recursive: true });
writeFileSync(`${rules}wallet.yml`, renderRules(alerts));
