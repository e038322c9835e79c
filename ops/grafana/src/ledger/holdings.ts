import type { Panel, Row } from '../dashboard.ts';

/** More than any of these has been tested with, in minor units. */
const most = { value: 1e12, severity: 'look' } as const;

/** What all accounts of some kinds hold. */
function balances(title: string, description: string, kinds: string): Panel {
  const selector = `wallet_ledger_balance_minor_units{kind=~"${kinds}"}`;
  return {
    ...{ title, description, kind: 'graph', unit: 'short', threshold: most },
    queries: [
      { expr: `max by (kind, currency) (abs(${selector}))`, legend: '{{kind}} {{currency}}' },
    ],
    runbook: 'LedgerWrong',
  };
}

/** In minor units; what one line loses another gains. */
export const holdings: Row = {
  title: 'Where is the money?',
  panels: [
    balances('On wallets', 'What customers and merchants own.', 'customer|merchant_available'),
    balances(
      'Not yet theirs',
      'What merchants will have once it is cleared or no longer disputed.',
      'merchant_pending|dispute_reserve',
    ),
    balances(
      'Between two places',
      'On its way to a bank, given back for the time being, or nobody knows yet whose it is: ' +
        'each of these goes back to 0.',
      'in_transit|provisional|suspense',
    ),
    balances(
      'Earned, owed and lost',
      'Fees, what merchants owe after disputes, and what was written off.',
      'fees|dispute_fees|fx_spread|receivable|loss',
    ),
    balances(
      'From outside',
      'What has come in from banks and cards, less what went out: as much as all others together.',
      'external|bank',
    ),
  ],
};

export const held: Row = {
  title: 'What is held, what is refused?',
  panels: [
    {
      title: 'Held',
      description: 'For authorizations, reviews and withdrawals, by kind of account.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: 'max by (kind, currency) (wallet_ledger_held_minor_units) > 0 or vector(0)',
          legend: '{{kind}} {{currency}}',
        },
      ],
      threshold: most,
      runbook: 'TimersLate',
    },
    {
      title: 'Parked',
      description: 'Intents that wait behind an earlier one of the same account.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_parked_intents)', legend: 'intents' }],
      threshold: { value: 100, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Refused by the ledger',
      description: 'What could not be posted, a second, by failure code.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (code) (rate(wallet_refusals_total[$__rate_interval])) or vector(0)',
          legend: '{{code}}',
        },
      ],
      threshold: { value: 100, severity: 'look' },
      runbook: 'PaymentsNotFlowing',
    },
    {
      title: 'Commit of a batch, p99',
      description: 'From the start of a batch to the commit of its postings, by stage.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr:
            'histogram_quantile(0.99, sum by (le, stage) (rate(' +
            'wallet_stage_processing_seconds_bucket{stage=~"settlement|commands"}' +
            '[$__rate_interval])))',
          legend: '{{stage}}',
        },
      ],
      threshold: { value: 0.25, severity: 'look' },
      runbook: 'EndToEndSlow',
    },
  ],
};
