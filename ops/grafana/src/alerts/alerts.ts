import { objectives } from '@wallet/runtime';

/** `page` wakes somebody, `ticket` waits for the morning. */
export type Alert = {
  /** Also the name of its page in ops/runbooks. */
  name: string;
  expr: string;
  /** How long the expression must hold, as Prometheus writes it. */
  holds: string;
  severity: 'page' | 'ticket';
  /** One sentence for the person who is woken. */
  summary: string;
};

const journey = 'wallet_payment_end_to_end_duration_seconds';
const late =
  `(sum(rate(${journey}_count[5m]))` +
  ` - sum(rate(${journey}_bucket{le="${objectives.endToEnd.thresholdSeconds}"}[5m])))` +
  ` / sum(rate(${journey}_count[5m]))`;
const oldestOnItsWay =
  'time() - min(wallet_payments_oldest_pending_timestamp_seconds{state=~"received|screening"})';

/** One list: the rule file and its tests are made from it. */
export const alerts: readonly Alert[] = [
  {
    name: 'LedgerWrong',
    expr:
      'max(abs(wallet_ledger_imbalance_minor_units)) > 0 ' +
      'or max(wallet_invariant_violations) > 0',
    holds: '0s',
    severity: 'page',
    summary: 'The ledger is out of balance or an invariant is broken.',
  },
  {
    name: 'VerifierSilent',
    expr:
      'time() - min(wallet_invariant_last_success_timestamp_seconds) > ' +
      `${objectives.invariantAgeSeconds} ` +
      'or absent(wallet_invariant_last_success_timestamp_seconds) ' +
      'or time() - min(wallet_invariant_last_full_success_timestamp_seconds) > ' +
      `${objectives.invariantFullAgeSeconds}`,
    holds: '1m',
    severity: 'page',
    summary: 'An invariant has not been checked for two minutes, or not in full for six hours.',
  },
  {
    name: 'ChainBehind',
    expr:
      'time() - max(wallet_chain_oldest_unsealed_timestamp_seconds) > ' +
      `${objectives.unsealedAgeSeconds} ` +
      'or absent(wallet_chain_oldest_unsealed_timestamp_seconds)',
    holds: '1m',
    severity: 'ticket',
    summary: 'Transfers are not sealed in the chain of hashes.',
  },
  {
    name: 'MonthsShort',
    expr:
      'min(wallet_ledger_months_until_timestamp_seconds) - time() < ' +
      `${objectives.monthsAheadSeconds} ` +
      'or absent(wallet_ledger_months_until_timestamp_seconds)',
    holds: '5m',
    severity: 'ticket',
    summary: 'In less than thirty days entries will have no place to be written to.',
  },
  {
    name: 'PaymentsNotFlowing',
    expr: `${oldestOnItsWay} > ${objectives.oldestPendingSeconds}`,
    holds: '30s',
    severity: 'page',
    summary: 'A payment has been on its way for more than a minute.',
  },
  {
    name: 'TimersLate',
    expr:
      'time() - min(wallet_timers_oldest_overdue_timestamp_seconds) > ' +
      `${objectives.overdueSeconds} ` +
      'or absent(wallet_timers_oldest_overdue_timestamp_seconds)',
    holds: '1m',
    severity: 'ticket',
    summary: 'Something is a minute past its deadline, and no timer has ended it.',
  },
  {
    name: 'EndToEndSlow',
    // A burn of 14.4 times the budget of 1 %, with enough payments to mean something.
    expr: `${late} > 0.144 and sum(increase(${journey}_count[5m])) > 20`,
    holds: '1m',
    severity: 'page',
    summary: 'More than one payment in seven takes longer than two seconds.',
  },
  {
    name: 'ConsumerLag',
    expr:
      'max by (consumergroup, topic) (wallet_consumer_lag_seconds) > ' +
      `${objectives.consumerLagSeconds}`,
    holds: '1m',
    severity: 'ticket',
    summary: '{{ $labels.consumergroup }} is behind on {{ $labels.topic }}.',
  },
  {
    name: 'OutboxOld',
    expr:
      'time() - min(wallet_outbox_oldest_unpublished_timestamp_seconds) > ' +
      `${objectives.outboxAgeSeconds}`,
    holds: '30s',
    severity: 'page',
    summary: 'Committed events do not reach Kafka.',
  },
  {
    name: 'DeadLetters',
    expr: 'sum by (topic, reason) (increase(wallet_dead_letters_total[10m])) > 0',
    holds: '0s',
    severity: 'ticket',
    summary: 'Records of {{ $labels.topic }} were put aside: {{ $labels.reason }}.',
  },
  {
    name: 'FraudDegraded',
    expr:
      'sum(rate(wallet_fraud_decisions_total{degraded="true"}[5m])) ' +
      '/ sum(rate(wallet_fraud_decisions_total[5m])) > 0.01',
    holds: '1m',
    severity: 'page',
    summary: 'Fraud is decided without velocity counters.',
  },
  {
    name: 'EdgeErrors',
    expr:
      'sum(rate(wallet_http_requests_total{status=~"5.."}[5m])) ' +
      '/ sum(rate(wallet_http_requests_total[5m])) > 0.0144',
    holds: '1m',
    severity: 'page',
    summary: 'The edge answers more than 1 % of requests with 5xx.',
  },
  {
    name: 'EdgeShedding',
    expr: 'sum by (reason) (rate(wallet_requests_shed_total[5m])) > 1',
    holds: '2m',
    severity: 'ticket',
    summary: 'The edge turns requests away: {{ $labels.reason }}.',
  },
  {
    name: 'ProcessUnhealthy',
    expr: 'up{job="wallet"} == 0 or wallet_event_loop_lag_seconds{quantile="p99"} > 0.5',
    holds: '30s',
    severity: 'ticket',
    summary: '{{ $labels.role }} at {{ $labels.instance }} is away or cannot keep up.',
  },
];
