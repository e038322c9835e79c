import { loadConfig, setting, settings } from '@wallet/runtime';

/** The processors of this package; each runs in any number of processes. */
const processorNames = [
  'fraud',
  'settlement',
  'commands',
  'tickets',
  'outbox',
  'outcomes',
  'notifications',
  'timers',
  'backtests',
  'shadow',
  'webhooks',
  'emails',
  'monitor',
] as const;
export type ProcessorName = (typeof processorNames)[number];

/**
 * The monitor is a process of its own: it must be there when the others are dead. So are backtests
 * and sets in shadow: they compute much, and nobody waits for them. So are webhooks and
 * e-mails: they call machines of others.
 */
const defaultProcessors: readonly ProcessorName[] = [
  'fraud',
  'settlement',
  'commands',
  'tickets',
  'outbox',
  'outcomes',
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
    STATUS_HOST: settings.STATUS_HOST,
    LOG_LEVEL: settings.LOG_LEVEL,
    KAFKA_TOPIC_PREFIX: settings.KAFKA_TOPIC_PREFIX,
    REDIS_KEY_PREFIX: settings.REDIS_KEY_PREFIX,
    WALLET_SANDBOX: settings.WALLET_SANDBOX,
    OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_TRACES_SAMPLER_ARG: settings.OTEL_TRACES_SAMPLER_ARG,
    RULESET_FILE: setting.textOr(''),
    /** Where the monitor pays, as clients do; without it it does not. */
    EDGE_URL: setting.url('http:', 'https:').optional(),
    /** Two customers on the list "trusted", by their addresses. */
    HEARTBEAT_USERS: setting.textOr('heartbeat1@wallet.test,heartbeat2@wallet.test'),
    HEARTBEAT_PASSWORD: setting.textOr(''),
    /** Of webhooks and e-mails alone: where secrets and addresses are opened. */
    IDENTITY_URL: settings.IDENTITY_URL.optional(),
    WALLET_IDENTITY_SECRET: settings.WALLET_IDENTITY_SECRET.optional(),
    WALLET_WEBHOOK_ALLOW: settings.WALLET_WEBHOOK_ALLOW,
    /** `smtps://user:password@host`, or `smtp://host?requireTLS=true`. */
    WALLET_SMTP_URL: setting.url('smtp:', 'smtps:').optional(),
    WALLET_MAIL_FROM: setting.textOr('Wallet <no-reply@wallet.test>'),
    /** Without a mail server: where a page shows what would have been sent. */
    MAIL_PAGE_PORT: setting.integer({ min: 0, max: 65_535 }).optional(),
  });
}
export type Settings = ReturnType<typeof readSettings>;

/** `--processors fraud,settlement`; the default ones without the flag. Throws RangeError. */
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
