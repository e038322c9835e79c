import { objectives } from '@wallet/runtime';
import { annotations } from '../annotations.ts';
import type { Dashboard, Row } from '../dashboard.ts';
import { ofProcess, perSecond, quantile } from '../expressions.ts';

const processes: Row = {
  title: 'Processes',
  panels: [
    {
      title: 'How many there are',
      description: 'Processes that answer, by role. A role at 0 does no work at all.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'sum by (process) (wallet_build_info)', legend: '{{process}}' }],
      threshold: { value: 0, badWhen: 'below' },
      runbook: 'RoleAway',
    },
    {
      title: 'CPU by process',
      description: 'CPU seconds a second; 1 is one core, all that one process can use.',
      kind: 'graph',
      unit: 'short',
      queries: [
        {
          expr: ofProcess('sum', 'rate(process_cpu_seconds_total[$__rate_interval])'),
          legend: '{{process}}',
        },
      ],
      threshold: { value: 0.9, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
    {
      title: 'Resident memory',
      description: 'What the process takes of the machine. A line that only rises is a leak.',
      kind: 'graph',
      unit: 'bytes',
      queries: [{ expr: ofProcess('sum', 'process_resident_memory_bytes'), legend: '{{process}}' }],
      threshold: { value: 1_073_741_824, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
    {
      title: 'JavaScript heap',
      description: 'Heap in use; it falls back after each collection.',
      kind: 'graph',
      unit: 'bytes',
      queries: [{ expr: ofProcess('sum', 'nodejs_heap_used_bytes'), legend: '{{process}}' }],
      threshold: { value: 536_870_912, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
    {
      title: 'Event-loop lag',
      description: 'The longest delay since the last scrape: a pause that everybody felt.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: ofProcess('max', 'wallet_event_loop_lag_seconds{quantile="max"}'),
          legend: '{{process}}',
        },
      ],
      threshold: { value: 0.1, severity: 'look' },
      runbook: 'ProcessUnhealthy',
    },
  ],
};

const servers: Row = {
  title: 'Servers, as their users see them',
  panels: [
    {
      title: 'Waiting for a database connection, p99',
      description: 'How long a caller waited for one of the pool.',
      kind: 'graph',
      unit: 's',
      queries: [{ expr: quantile(0.99, 'wallet_database_pool_wait_seconds'), legend: 'p99' }],
      threshold: { value: 0.1, severity: 'look' },
      runbook: 'DatabaseAway',
    },
    {
      title: 'Database connections',
      description: 'Of the pools of all processes, by state.',
      kind: 'graph',
      unit: 'short',
      queries: [{ expr: 'sum by (state) (wallet_database_pool_connections)', legend: '{{state}}' }],
      threshold: { value: 150, severity: 'look' },
      runbook: 'DatabaseAway',
    },
    {
      title: 'Redis by purpose, p99',
      description: 'Round trips as the caller sees them.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr: quantile(0.99, 'wallet_redis_command_duration_seconds', ['purpose']),
          legend: '{{purpose}}',
        },
      ],
      threshold: { value: 0.05, severity: 'look' },
      runbook: 'FraudDegraded',
    },
    {
      title: 'Redis faults by reason',
      description: 'Commands that failed or came too late.',
      kind: 'graph',
      unit: 'ops',
      queries: [{ expr: perSecond('wallet_redis_errors_total', ['reason']), legend: '{{reason}}' }],
      threshold: { value: 1, severity: 'look' },
      runbook: 'RedisAway',
    },
    {
      title: 'Last seen by the monitor',
      description:
        'Time since each server last did for the monitor what we need of it; "lag" asks Kafka.',
      kind: 'graph',
      unit: 's',
      queries: [
        {
          expr:
            'time() - max by (check) (wallet_monitor_last_success_timestamp_seconds' +
            '{check=~"database|lag|redis|registry|heartbeat"})',
          legend: '{{check}}',
        },
      ],
      threshold: { value: objectives.serverAwaySeconds },
      runbook: 'RegistryAway',
    },
  ],
};

/** For who looks after machines: processes, and the servers as they see them. */
export const runtime: Dashboard = {
  uid: 'wallet-runtime',
  title: 'Wallet: runtime',
  description: 'The processes, and the servers as they see them.',
  rows: [processes, servers],
  variables: [
    { name: 'process', label: 'Process', metric: 'wallet_build_info', labelName: 'process' },
  ],
  annotations,
};
