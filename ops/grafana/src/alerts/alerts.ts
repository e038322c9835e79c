import { objectives } from '@wallet/runtime';
import { caseAlerts } from './case-alerts.ts';

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

const silent = (check: string, seconds: number): string =>
  `time() - max(wallet_monitor_last_success_timestamp_seconds{check="${check}"}) > ${seconds}`;
const away = (check: 'database' | 'lag' | 'redis' | 'registry'): string =>
  silent(check, objectives.serverAwaySeconds);
/** Processors without which payments flow; a process may run several of them, and nothing else. */
const beside = 'monitor|backtests|shadow|webhooks|emails';
const oldestOnItsWay =
  'time() - min(wallet_payments_oldest_pending_timestamp_seconds{state=~"received|screening"})';

/**
 * One list: the rule file and its tests are made from it. What burns the budget of a promise is in
 * `slos.ts`.
 */
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
    holds: '30s',
    severity: 'page',
    summary: 'An invariant has not been checked for two minutes, or not in full for six hours.',
  },
  {
    name: 'ChainBehind',
    expr:
      'time() - max(wallet_chain_oldest_unsealed_timestamp_seconds) > ' +
      `${objectives.unsealedAgeSeconds} ` +
      'or absent(wallet_chain_oldest_unsealed_timestamp_seconds)',
    holds: '30s',
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
    name: 'DatabaseAway',
    expr: away('database'),
    holds: '0s',
    severity: 'page',
    summary: 'PostgreSQL has not answered the monitor, or takes no writes, for half a minute.',
  },
  {
    name: 'KafkaAway',
    // To tell how far a group is, the monitor asks the database too.
    expr: `${away('lag')} unless on () (${away('database')})`,
    holds: '0s',
    severity: 'page',
    summary: 'Kafka has not answered the monitor for half a minute.',
  },
  {
    name: 'RedisAway',
    expr: away('redis'),
    holds: '0s',
    severity: 'page',
    summary: 'Redis has not taken what the monitor writes for half a minute.',
  },
  {
    name: 'RegistryAway',
    expr: away('registry'),
    holds: '0s',
    severity: 'ticket',
    summary: 'The schema registry has not answered the monitor for half a minute.',
  },
  {
    name: 'RoleAway',
    // Without the monitor nothing is verified, which has an alert of its own.
    expr:
      'absent(wallet_build_info{process="edge"}) ' +
      'or absent(wallet_build_info{process="identity"}) ' +
      'or label_replace(absent(wallet_build_info{process=~"streams.*",' +
      `process!~"streams:((${beside}),?)+"}), "process", "streams", "", "")`,
    holds: '30s',
    severity: 'page',
    summary: 'No process of the role {{ $labels.process }} answers.',
  },
  {
    name: 'PaymentsNotFlowing',
    // Parked ones wait behind an earlier intent of their account, or for its lock.
    expr:
      `${oldestOnItsWay} > ${objectives.oldestPendingSeconds} or ` +
      'time() - min(wallet_parked_oldest_timestamp_seconds) > ' +
      `${objectives.oldestPendingSeconds}`,
    holds: '15s',
    severity: 'page',
    summary: 'A payment has been on its way for more than a minute.',
  },
  {
    name: 'HeartbeatLost',
    expr: silent('heartbeat', objectives.heartbeatSeconds),
    // The payment that got stuck may be that of the heartbeat itself, a round later: what does not
    // flow is told first.
    holds: '20s',
    severity: 'page',
    summary: 'No payment of the monitor has gone through for more than a minute.',
  },
  {
    name: 'CommandsNotFlowing',
    expr:
      'max(wallet_consumer_lag_seconds{consumergroup="commands"}) > ' +
      `${objectives.oldestPendingSeconds}`,
    holds: '15s',
    severity: 'page',
    summary: 'Top-ups, captures, refunds or disputes have waited for more than a minute.',
  },
  {
    name: 'TimersLate',
    expr:
      'time() - min(wallet_timers_oldest_overdue_timestamp_seconds) > ' +
      `${objectives.overdueSeconds} ` +
      'or absent(wallet_timers_oldest_overdue_timestamp_seconds)',
    holds: '15s',
    severity: 'ticket',
    summary: 'Something is a minute past its deadline, and no timer has ended it.',
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
  ...caseAlerts,
  {
    name: 'DeadLetters',
    expr: 'sum by (topic) (wallet_dead_letter_records) > 0',
    holds: '0s',
    severity: 'ticket',
    summary: '{{ $value }} records of {{ $labels.topic }} were put aside and wait for an owner.',
  },
  {
    name: 'FraudDegraded',
    // With enough of them to be more than one slow answer.
    expr:
      'sum(rate(wallet_fraud_decisions_total{degraded="true"}[1m])) ' +
      '/ sum(rate(wallet_fraud_decisions_total[1m])) > 0.05 ' +
      'and sum(increase(wallet_fraud_decisions_total{degraded="true"}[1m])) > 5',
    holds: '30s',
    severity: 'page',
    summary: 'Fraud is decided without velocity counters.',
  },
  {
    name: 'RuleSetUnusable',
    expr: 'max by (mode) (wallet_fraud_rulesets_unusable) > 0',
    holds: '10s',
    severity: 'ticket',
    summary: 'A published rule set ({{ $labels.mode }}) cannot be used: another one decides.',
  },
  {
    name: 'DecisionsDiffer',
    expr: 'sum(increase(wallet_fraud_decisions_explained_total{result="mismatch"}[1h])) > 0',
    holds: '0s',
    severity: 'ticket',
    summary: 'Fraud decisions made again from what was recorded come out otherwise.',
  },
  {
    name: 'EdgeShedding',
    expr: 'sum by (reason) (rate(wallet_requests_shed_total[1m])) > 1',
    holds: '1m',
    severity: 'ticket',
    summary: 'The edge turns requests away: {{ $labels.reason }}.',
  },
  {
    name: 'LoginsRefused',
    // With enough of them to be more than one person's bad day.
    expr:
      'sum(rate(wallet_logins_total{result=~"refused|limited|overloaded"}[2m])) ' +
      '/ sum(rate(wallet_logins_total[2m])) > 0.5 ' +
      'and sum(increase(wallet_logins_total[2m])) > 50',
    holds: '1m',
    severity: 'ticket',
    summary: 'More than half of the logins fail: somebody tries passwords, or a client is broken.',
  },
  {
    name: 'PasswordQueueFull',
    expr: 'max(wallet_password_queue_requests) > 8',
    holds: '1m',
    severity: 'ticket',
    summary: 'Passwords come faster than they are hashed; logins will soon be turned away.',
  },
  {
    name: 'ProcessUnhealthy',
    expr: 'up{job="wallet"} == 0 or wallet_event_loop_lag_seconds{quantile="p99"} > 0.5',
    holds: '30s',
    severity: 'ticket',
    summary: '{{ $labels.role }} at {{ $labels.instance }} is away or cannot keep up.',
  },
];
