import type { Alert } from './alerts.ts';
import { causes, outlivesFor } from './causes.ts';
import type { Recording } from './slos.ts';

/** The rule file of Prometheus. Texts are JSON strings, which YAML reads as they are. */
export function renderRules(rules: {
  recordings: readonly Recording[];
  recordingSeconds: number;
  alerts: readonly Alert[];
}): string {
  const lines = [
    '# Written by `npm run dashboards -w @wallet/grafana` from ops/grafana/src/alerts.',
    'groups:',
    '  - name: wallet-slo',
    `    interval: ${rules.recordingSeconds}s`,
    '    rules:',
    ...rules.recordings.flatMap(({ record, expr, labels }) => [
      `      - record: ${record}`,
      `        expr: ${JSON.stringify(expr)}`,
      ...(labels === undefined ? [] : [`        labels: ${JSON.stringify(labels)}`]),
    ]),
    '  - name: wallet',
    '    rules:',
    ...rules.alerts.flatMap(({ name, expr, holds, severity, summary }) => [
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expr)}`,
      `        for: ${holds}`,
      ...(causes.has(name) ? [`        keep_firing_for: ${outlivesFor}`] : []),
      `        labels: { severity: ${severity} }`,
      '        annotations:',
      `          summary: ${JSON.stringify(summary)}`,
      `          runbook: ops/runbooks/${name}.md`,
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
