import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rules } from './alerts/rule-file.ts';
import { inhibitions } from './alerts/causes.ts';
import { renderAlertmanager } from './alerts/alertmanager.ts';
import { renderRules } from './alerts/rules.ts';
import { dashboards } from './dashboards.ts';
import { renderDashboard } from './house.ts';

// Started by `npm run dashboards`: writes what the drift tests compare.
const folder = fileURLToPath(new URL('../dashboards/', import.meta.url));
mkdirSync(folder, { recursive: true });
for (const [name, dashboard] of Object.entries(dashboards)) {
  writeFileSync(`${folder}${name}.json`, renderDashboard(dashboard));
}

const prometheus = fileURLToPath(new URL('../../prometheus/', import.meta.url));
mkdirSync(`${prometheus}rules`, { recursive: true });
writeFileSync(`${prometheus}rules/wallet.yml`, renderRules(rules));
writeFileSync(`${prometheus}alertmanager.yml`, renderAlertmanager(inhibitions));
