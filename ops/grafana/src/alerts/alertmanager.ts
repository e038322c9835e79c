import type { Inhibition } from './causes.ts';

/**
 * Alertmanager's configuration: one message for each alert and severity, causes before symptoms,
 * the page before the ticket of the same name. Receivers are an installation's own.
 */
export function renderAlertmanager(inhibitions: readonly Inhibition[]): string {
  const rules = inhibitions.flatMap(({ cause, where, symptoms }) => [
    `  - source_matchers: ['alertname="${cause}"'${where === undefined ? '' : `, '${where}'`}]`,
    `    target_matchers: ['alertname=~"${symptoms.join('|')}"']`,
  ]);
  return [
    '# Written by `npm run dashboards -w @wallet/grafana` from ops/grafana/src/alerts/causes.ts.',
    '# An installation fills in its receivers: where pages and tickets go.',
    'route:',
    '  receiver: tickets',
    '  group_by: [alertname, severity]',
    '  group_wait: 10s',
    '  group_interval: 5m',
    '  repeat_interval: 12h',
    '  routes:',
    '    - matchers: [\'severity="page"\']',
    '      receiver: pages',
    '      repeat_interval: 1h',
    'receivers:',
    '  - name: pages',
    '  - name: tickets',
    'inhibit_rules:',
    '  - source_matchers: [\'severity="page"\']',
    '    target_matchers: [\'severity="ticket"\']',
    '    equal: [alertname]',
    ...rules,
    '',
  ].join('\n');
}
