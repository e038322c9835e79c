import { objectives } from '@wallet/runtime';
import type { Panel, Row } from '../dashboard.ts';

export const outOfBalance: Panel = {
  title: 'Ledger out of balance',
  description:
    'The sum of all balances of a currency, in minor units. Double entry makes it 0, always.',
  kind: 'stat',
  unit: 'none',
  queries: [
    {
      expr: 'max by (currency) (abs(wallet_ledger_imbalance_minor_units))',
      legend: '{{currency}}',
    },
  ],
  threshold: { value: 1 },
  runbook: 'LedgerWrong',
};

/** Correctness has no budget: every number here must be 0, and its check must have run. */
export const money: Row = {
  title: 'Is money right?',
  panels: [
    outOfBalance,
    {
      title: 'Broken invariants',
      description: 'Rows that break an invariant, found by the verifier. Must be 0.',
      kind: 'stat',
      unit: 'none',
      queries: [{ expr: 'sum(max by (id) (wallet_invariant_violations))', legend: 'rows' }],
      threshold: { value: 1 },
      runbook: 'LedgerWrong',
    },
    {
      title: 'Oldest check',
      description:
        'Time since the invariant that was checked longest ago was checked, and since the ' +
        'monitor last saw all it looks at. A silent verifier proves nothing.',
      kind: 'stat',
      unit: 's',
      queries: [
        {
          expr: 'time() - min(wallet_invariant_last_success_timestamp_seconds)',
          legend: 'invariants',
        },
        {
          // Months are looked at every ten minutes.
          expr: 'time() - min(wallet_monitor_last_success_timestamp_seconds{check!="months"})',
          legend: 'monitor',
        },
      ],
      threshold: { value: objectives.invariantAgeSeconds },
      runbook: 'VerifierSilent',
    },
    {
      title: 'Dead letters open',
      description:
        'Records that could not be processed and wait for an owner, and how many came in the ' +
        'last hour.',
      kind: 'stat',
      unit: 'none',
      queries: [
        { expr: 'sum(wallet_dead_letter_records)', legend: 'open' },
        { expr: 'sum(increase(wallet_dead_letters_total[1h])) or vector(0)', legend: 'last hour' },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'DeadLetters',
    },
    {
      title: 'Duration of the checks',
      description:
        'How long each invariant took to check. Growth tells when the checks will no longer fit ' +
        'into their minute.',
      kind: 'stat',
      unit: 's',
      queries: [{ expr: 'max(wallet_invariant_check_duration_seconds)', legend: 'longest' }],
      threshold: { value: 30, severity: 'look' },
      runbook: 'VerifierSilent',
    },
  ],
};

/** What proves afterwards that nothing was changed. */
export const evidence: Row = {
  title: 'Is history kept?',
  panels: [
    {
      title: 'Oldest unsealed transfer',
      description:
        'Time since the oldest transfer that is in no block of the chain of hashes was posted. ' +
        'Blocks follow within seconds; until then a change would leave no trace.',
      kind: 'stat',
      unit: 's',
      queries: [
        {
          expr: 'time() - max(wallet_chain_oldest_unsealed_timestamp_seconds)',
          legend: 'unsealed',
        },
      ],
      threshold: { value: objectives.unsealedAgeSeconds },
      runbook: 'ChainBehind',
    },
    {
      title: 'Blocks',
      description:
        'Height of the chain of hashes. It only grows; the log of the monitor has the head of ' +
        'each block, to be kept outside of the database.',
      kind: 'stat',
      unit: 'none',
      queries: [{ expr: 'max(wallet_chain_height_blocks)', legend: 'height' }],
      // Full verification has been shown up to there.
      threshold: { value: 1_000_000, severity: 'look' },
      runbook: 'ChainBehind',
    },
    {
      title: 'Months ahead',
      description:
        'For how long there are months that entries can be written to. Three are made ahead; ' +
        'when none is left, nothing can be posted.',
      kind: 'stat',
      unit: 's',
      queries: [
        {
          expr: 'min(wallet_ledger_months_until_timestamp_seconds) - time()',
          legend: 'ahead',
        },
      ],
      threshold: { value: objectives.monthsAheadSeconds, badWhen: 'below' },
      runbook: 'MonthsShort',
    },
    {
      title: 'Transfers sealed',
      description: 'Transfers a second that were sealed in the chain of hashes, by all monitors.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum(rate(wallet_chain_sealed_transfers_total[$__rate_interval]))',
          legend: 'sealed',
        },
      ],
      threshold: { value: objectives.testedRatePerSecond, severity: 'look' },
      runbook: 'ChainBehind',
    },
  ],
};
