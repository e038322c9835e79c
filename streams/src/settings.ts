import { loadConfig, setting, settings } from '@wallet/runtime';

/** The processors of this package; each runs in any number of processes. */
const processorNames = [
  'fraud',
  'settlement',
  'outbox',
  'notifications',
  'timers',
  'monitor',
] as const;
export type ProcessorName = (typeof processorNames)[number];

/** The monitor is a process of its own: it must be there when the others are dead. */
const defaultProcessors: readonly ProcessorName[] = [
  'fraud',
  'settlement',
  'outbox',
  'notifications',
  'timers',
];

/** The environment of a streams process, validated together. Throws ConfigError. */
export function readSettings() {
  return loadConfig({
    DATABASE_URL: settings.DATABASE_URL,
    REDIS_URL: settings.REDIS_URL,
    KAFKA_BROKERS: settings.KAFKA_BROKERS,
    SCHEMA_REGISTRY_URL: settings.SCHEMA_REGISTRY_URL,
    STATUS_PORT: settings.STATUS_PORT,
    LOG_LEVEL: settings.LOG_LEVEL,
    KAFKA_TOPIC_PREFIX: settings.KAFKA_TOPIC_PREFIX,
    REDIS_KEY_PREFIX: settings.REDIS_KEY_PREFIX,
    RULESET_FILE: setting.textOr(''),
  });
}
export type Settings = ReturnType<typeof readSettings>;

/** `--processors fraud,settlement`; all but the monitor without the flag. Throws RangeError. */
export function readProcessors(args: readonly string[]): readonly ProcessorName[] {
  const at = args.indexOf('--processors');
  if (at === -1) return defaultProcessors;
  return (args[at + 1] ?? '').split(',').map((word) => {
    const name = processorNames.find((known) => known === word);
    if (name !== undefined) return name;
    throw new RangeError(`--processors takes ${processorNames.join(', ')}; not "${word}"`);
  });
}

/** The name under which the process appears in logs, metrics and `stack.json`. */
export function roleOf(processors: readonly ProcessorName[]): string {
  const usual = processors.join() === defaultProcessors.join();
  return usual ? 'streams' : `streams:${processors.join(',')}`;
}
