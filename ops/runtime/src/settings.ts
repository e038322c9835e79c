import { z } from 'zod';

/** Building blocks for variables of one process alone; shared ones stand in `settings`. */
export const setting = {
  text: () => z.string('must be set').min(1),
  textOr: (fallback: string) => z.string().default(fallback),
  flag: () =>
    z
      .enum(['true', 'false'], 'must be true or false')
      .default('false')
      .transform((value) => value === 'true'),
  /** A whole number in text form, both bounds included. */
  integer: (bounds: { min: number; max: number; fallback?: number }) => {
    const message = `must be a whole number from ${bounds.min} to ${bounds.max}`;
    const digits = z
      .string(message)
      .regex(/^-?\d+$/, message)
      .transform(Number)
      .pipe(z.number().min(bounds.min, message).max(bounds.max, message));
    return bounds.fallback === undefined ? digits : digits.default(bounds.fallback);
  },
  /** A share from 0 to 1 in decimal form. */
  share: (fallback: number) =>
    z
      .string()
      .regex(/^(0(\.\d+)?|1(\.0+)?)$/, 'must be a number from 0 to 1')
      .transform(Number)
      .default(fallback),
  url: (...schemes: string[]) =>
    z.string().refine((text) => URL.canParse(text) && schemes.includes(new URL(text).protocol), {
      message: `must be a URL starting with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
    }),
  /** `host:port,host:port` as a list. */
  addresses: () =>
    z
      .string()
      .transform((text) => text.split(',').map((address) => address.trim()))
      .refine((list) => list.every((address) => /^[^\s:]+:\d+$/.test(address)), {
        message: 'must be host:port, several separated by commas',
      }),
  oneOf: <const T extends readonly [string, ...string[]]>(words: T, fallback: T[number]) =>
    z.enum(words, `must be one of ${words.join(', ')}`).default(fallback as never),
};

const port = (fallback: number) => setting.integer({ min: 0, max: 65_535, fallback });

const masterKey = z.string().regex(/^[0-9a-f]{64}$/i, {
  message: 'must be 32 bytes in hexadecimal',
});

/**
 * Every variable that more than one process reads, said once. A process picks what it needs:
 * `loadConfig({ DATABASE_URL: settings.DATABASE_URL, … })`.
 */
export const settings = {
  DATABASE_URL: setting.url('postgres:', 'postgresql:'),
  REDIS_URL: setting.url('redis:', 'rediss:'),
  KAFKA_BROKERS: setting.addresses(),
  SCHEMA_REGISTRY_URL: setting.url('http:', 'https:'),
  PROMETHEUS_URL: setting.url('http:', 'https:'),
  PORT: port(8080),
  /** 0 takes any free port; the launcher gives each process its own. */
  STATUS_PORT: port(0),
  /** Where probes and scrapers come from: on one machine nobody else's. */
  STATUS_HOST: setting.textOr('127.0.0.1'),
  LOG_LEVEL: setting.oneOf(['debug', 'info', 'warn', 'error', 'fatal', 'silent'], 'info'),
  WALLET_SANDBOX: setting.flag(),
  /** Hex, at least 32 bytes: the key from which intent ids are derived. */
  WALLET_ID_SECRET: z.string().regex(/^([0-9a-f]{2}){32,}$/i, {
    message: 'must be at least 32 bytes in hexadecimal',
  }),
  /** Hex, 32 bytes: what wraps the keys of personal data, and seals signing keys. */
  WALLET_MASTER_KEY: masterKey,
  /** The one before it, from its change until `wallet rotate-master-key` has found nothing left. */
  WALLET_PREVIOUS_MASTER_KEY: masterKey.optional(),
  /** Hex, at least 32 bytes: by which the identity service knows the edges. */
  WALLET_IDENTITY_SECRET: z.string().regex(/^([0-9a-f]{2}){32,}$/i, {
    message: 'must be at least 32 bytes in hexadecimal',
  }),
  /** Where the identity service is. */
  IDENTITY_URL: setting.url('http:', 'https:'),
  /** Addresses that webhooks may call although they are not public: `127.0.0.1:20000-29999`. */
  WALLET_WEBHOOK_ALLOW: setting.textOr(''),
  /** `iss` of access tokens; without it the address of the identity service. */
  WALLET_ISSUER: setting.url('http:', 'https:').optional(),
  /** Life of an access token; without it ten minutes, in the sandbox an hour. */
  WALLET_TOKEN_SECONDS: setting.integer({ min: 60, max: 86_400 }).optional(),
  /** A collector that speaks OTLP over HTTP; without it nothing is traced. */
  OTEL_EXPORTER_OTLP_ENDPOINT: setting.url('http:', 'https:').optional(),
  /** Share of the requests whose way is recorded, when their caller does not say. */
  OTEL_TRACES_SAMPLER_ARG: setting.share(0.01),
  /** Put before every topic and group name, so that pipelines can share a cluster. */
  KAFKA_TOPIC_PREFIX: setting.textOr(''),
  /** Put before every Redis key, so that pipelines can share a server. */
  REDIS_KEY_PREFIX: setting.textOr(''),
};
