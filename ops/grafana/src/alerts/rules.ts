import type { Alert } from './alerts.ts';

/** The rule file of Prometheus. Texts are JSON strings, which YAML reads as they are. */
export function renderRules(alerts: readonly Alert[]): string {
  const lines = [
    '# Written by `npm run dashboards -w @wallet/grafana` from ops/grafana/src/alerts/alerts.ts.',
    'groups:',
    '  - name: wallet',
    '    rules:',
  ];
  for (const { name, expr, holds, severity, summary } of alerts) {
    lines.push(
      `      - alert: ${name}`,
      `        expr: ${JSON.stringify(expr)}`,
      `        for: ${holds}`,
      `        labels: { severity: ${severity} }`,
      '        annotations:',
      `          summary: ${JSON.stringify(summary)}`,
      `          runbook: ops/runbooks/${name}.md`,
    );
  }
  return `${lines.join('\n')}\n`;
}
