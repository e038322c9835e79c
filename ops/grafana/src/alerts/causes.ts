/** While `cause` fires its symptoms tell nobody: whoever is woken is woken for the cause. */
export type Inhibition = {
  readonly cause: string;
  /** Only alerts of the cause with these labels, as Alertmanager writes them. */
  readonly where?: string;
  readonly symptoms: readonly string[];
};

/**
 * A cause fires on for so long once it is over: its symptoms need a while to end, and who was told
 * of the cause is not woken again for them.
 */
export const outlivesFor = '30s';

/** What cannot work without PostgreSQL. Evidence is not among it: wrong money is never hushed. */
const withoutDatabase = [
  'PaymentsNotFlowing',
  'VerifierSilent',
  'ChainBehind',
  'MonthsShort',
  'TimersLate',
  'WebhooksLate',
  'EmailsLate',
  'OutboxOld',
  'ConsumerLag',
  'EndToEndSlow',
  'EdgeErrors',
  'CommandsNotFlowing',
  'HeartbeatLost',
];
const withoutKafka = [
  'PaymentsNotFlowing',
  'CommandsNotFlowing',
  'HeartbeatLost',
  'OutboxOld',
  'ConsumerLag',
  'EndToEndSlow',
  'EdgeErrors',
  'EdgeShedding',
];
const withoutRedis = ['FraudDegraded', 'FraudSlow', 'EdgeErrors', 'EdgeShedding', 'HeartbeatLost'];
const withoutStreams = ['PaymentsNotFlowing', 'CommandsNotFlowing', 'OutboxOld'];

export const inhibitions: readonly Inhibition[] = [
  { cause: 'DatabaseAway', symptoms: withoutDatabase },
  { cause: 'KafkaAway', symptoms: withoutKafka },
  { cause: 'RedisAway', symptoms: withoutRedis },
  { cause: 'RoleAway', symptoms: ['HeartbeatLost', 'EdgeErrors'] },
  {
    ...{ cause: 'RoleAway', where: 'process="streams"' },
    symptoms: [...withoutStreams, 'ConsumerLag', 'TimersLate', 'EndToEndSlow'],
  },
  // What the monitor measures is absent without it.
  { cause: 'VerifierSilent', symptoms: ['ChainBehind', 'MonthsShort', 'TimersLate'] },
  // Late is what does not flow.
  { cause: 'PaymentsNotFlowing', symptoms: ['EndToEndSlow', 'ConsumerLag', 'HeartbeatLost'] },
];

export const causes: ReadonlySet<string> = new Set(inhibitions.map(({ cause }) => cause));
