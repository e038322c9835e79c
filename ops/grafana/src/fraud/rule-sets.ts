import type { Row } from '../dashboard.ts';
import { perSecond } from '../expressions.ts';

const hits = (mode: 'live' | 'shadow'): string =>
  `topk(10, ${perSecond(`wallet_fraud_rule_hits_total{mode="${mode}"}`, ['rule'])}) or vector(0)`;

/** Which rules speak, live and in shadow, which set is in force, and what is tried on the past. */
export const ruleSets: Row = {
  title: 'Rules',
  panels: [
    {
      title: 'Matches of rules',
      description: 'The ten rules in force that match most, a second.',
      kind: 'graph',
      unit: 'ops',
      queries: [{ expr: hits('live'), legend: '{{rule}}' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'RuleSetUnusable',
    },
    {
      title: 'Matches in shadow',
      description: 'The ten rules of sets in shadow that match most, a second.',
      kind: 'graph',
      unit: 'ops',
      queries: [{ expr: hits('shadow'), legend: '{{rule}}' }],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'RuleSetUnusable',
    },
    {
      title: 'Sets in force',
      description:
        'Processes that decide by each rule set. Two while one is rolled out; otherwise all ' +
        'agree within two seconds.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          // Twelve digits of the hash, as the CLI and the edge show it.
          expr:
            'sum by (hash) (label_replace(wallet_fraud_ruleset_info, ' +
            '"hash", "$1", "hash", "(.{12}).*")) or vector(0)',
          legend: '{{hash}}',
        },
      ],
      threshold: { value: 100, severity: 'look' },
      runbook: 'RuleSetUnusable',
    },
    {
      title: 'Sets that cannot be used',
      description: 'Another set decides in their place, or they are not tried. Must be 0.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'max by (mode) (wallet_fraud_rulesets_unusable) or vector(0)',
          legend: '{{mode}}',
        },
      ],
      threshold: { value: 1 },
      runbook: 'RuleSetUnusable',
    },
    {
      title: 'Backtests',
      description:
        'Backtests that ended within an hour, by how. One fails for a text that no longer loads ' +
        'or a rule that throws; the job tells which.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'sum by (end) (increase(wallet_fraud_backtests_total[1h])) or vector(0)',
          legend: '{{end}}',
        },
      ],
      threshold: { value: 100, severity: 'look' },
      runbook: 'RuleSetUnusable',
    },
  ],
};
