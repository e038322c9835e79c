import type { Dashboard, Row } from '../dashboard.ts';

const refusedShare =
  '(sum(rate(wallet_logins_total{result="refused"}[$__rate_interval])) or vector(0))' +
  ' / clamp_min(sum(rate(wallet_logins_total[$__rate_interval])), 0.001)';

const logins: Row = {
  title: 'Who comes in?',
  panels: [
    {
      title: 'Logins',
      description:
        'Attempts to log in by what became of them: limited ones came while locked out, ' +
        'overloaded ones found the queue of passwords full.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (result) (rate(wallet_logins_total[$__rate_interval]))',
          legend: '{{result}}',
        },
      ],
      threshold: { value: 50, severity: 'look' },
      runbook: 'LoginsRefused',
    },
    {
      title: 'Refused logins',
      description: 'Share of attempts with a wrong address or password. People err in one of ten.',
      kind: 'graph',
      unit: 'percentunit',
      queries: [{ expr: refusedShare, legend: 'refused' }],
      threshold: { value: 0.3, severity: 'look' },
      runbook: 'LoginsRefused',
    },
    {
      title: 'Lock-outs',
      description: 'Pairs of address and account that failed too often, a minute each.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum(rate(wallet_login_lockouts_total[$__rate_interval]))',
          legend: 'locked out',
        },
      ],
      threshold: { value: 1, severity: 'look' },
      runbook: 'LoginsRefused',
    },
    {
      title: 'Registrations',
      description: 'New users, and those whose address was taken or who were too many at once.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (result) (rate(wallet_registrations_total[$__rate_interval]))',
          legend: '{{result}}',
        },
      ],
      threshold: { value: 50, severity: 'look' },
      runbook: 'LoginsRefused',
    },
  ],
};

const tokens: Row = {
  title: 'What do they get, and how soon?',
  panels: [
    {
      title: 'Tokens',
      description:
        'Requests at the token endpoint. Refused refreshes beside steady logins may be stolen ' +
        'tokens: a second use ends the session.',
      kind: 'graph',
      unit: 'ops',
      queries: [
        {
          expr: 'sum by (grant, result) (rate(wallet_token_grants_total[$__rate_interval]))',
          legend: '{{grant}} {{result}}',
        },
      ],
      threshold: { value: 200, severity: 'look' },
      runbook: 'LoginsRefused',
    },
    {
      title: 'Passwords in the queue',
      description: 'Being hashed, one at a time, or waiting. From 17 on clients are turned away.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'max(wallet_password_queue_requests)', legend: 'in the queue' }],
      threshold: { value: 16, severity: 'look' },
      runbook: 'PasswordQueueFull',
    },
    {
      title: 'Time for a password',
      description:
        'From the wish for a hash to the hash: about 20 ms of work, the rest is waiting.',
      kind: 'graph',
      unit: 's',
      queries: [0.5, 0.99].map((quantile) => ({
        expr:
          `histogram_quantile(${quantile}, sum by (le) ` +
          '(rate(wallet_password_hash_duration_seconds_bucket[$__rate_interval])))',
        legend: `p${quantile * 100}`,
      })),
      threshold: { value: 1, severity: 'look' },
      runbook: 'PasswordQueueFull',
    },
    {
      title: 'Open streams and waiting clients',
      description: 'Of the edge: streams that are open, and clients that wait for an outcome.',
      kind: 'graph',
      unit: 'short',
      queries: [
        { expr: 'max by (process) (wallet_http_streams_open)', legend: 'streams {{process}}' },
        { expr: 'max by (process) (wallet_waiting_clients)', legend: 'waiting {{process}}' },
      ],
      threshold: { value: 1_000, severity: 'look' },
      runbook: 'EdgeShedding',
    },
  ],
};

/** Logins, tokens and passwords; and who stays on the line. */
export const identity: Dashboard = {
  uid: 'wallet-identity',
  title: 'Wallet: identity',
  description: 'Who comes in? What do they get, and how soon?',
  rows: [logins, tokens],
  variables: [
    { name: 'process', label: 'Process', metric: 'wallet_build_info', labelName: 'process' },
  ],
  annotations: [
    {
      name: 'process started',
      color: 'blue',
      expr: 'process_start_time_seconds * 1000',
      valueIsTime: true,
    },
  ],
};
