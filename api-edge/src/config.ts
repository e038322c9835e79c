import { loadConfig, setting, settings, type Config } from '@wallet/runtime';
import type { RateQuotas } from './http/rate-limits.ts';

/** Every variable the edge reads; types, bounds and defaults. */
const edgeSettings = {
  DATABASE_URL: settings.DATABASE_URL,
  REDIS_URL: settings.REDIS_URL,
  KAFKA_BROKERS: settings.KAFKA_BROKERS,
  SCHEMA_REGISTRY_URL: settings.SCHEMA_REGISTRY_URL,
  PORT: settings.PORT,
  /** Address to listen on; without it all, in the sandbox, whose passwords are known, 127.0.0.1. */
  HOST: setting.text().optional(),
  STATUS_PORT: settings.STATUS_PORT,
  LOG_LEVEL: settings.LOG_LEVEL,
  WALLET_SANDBOX: settings.WALLET_SANDBOX,
  WALLET_ID_SECRET: settings.WALLET_ID_SECRET,
  /** Where the identity service is. */
  IDENTITY_URL: setting.url('http:', 'https:'),
  WALLET_IDENTITY_SECRET: settings.WALLET_IDENTITY_SECRET,
  WALLET_ISSUER: settings.WALLET_ISSUER,
  /** An issuer of somebody else whose tokens are good here too, and what their `aud` must be. */
  OIDC_ISSUER: setting.url('https:', 'http:').optional(),
  OIDC_AUDIENCE: setting.textOr('wallet-api'),
  /** Where its keys are; without it where its discovery document says. */
  OIDC_JWKS_URL: setting.url('https:', 'http:').optional(),
  KAFKA_TOPIC_PREFIX: settings.KAFKA_TOPIC_PREFIX,
  REDIS_KEY_PREFIX: settings.REDIS_KEY_PREFIX,
  WALLET_TOKEN_SECONDS: settings.WALLET_TOKEN_SECONDS,
  /** Requests per second of one caller; without it 200, in the sandbox 1,000. */
  WALLET_CALLER_RATE: setting.integer({ min: 1, max: 1_000_000 }).optional(),
  /** The same, to one operation; without it 100, in the sandbox 1,000. */
  WALLET_ROUTE_RATE: setting.integer({ min: 1, max: 1_000_000 }).optional(),
  /** A client that takes longer to send a whole request is cut off. */
  WALLET_REQUEST_TIMEOUT_MS: setting.integer({ min: 100, max: 600_000, fallback: 20_000 }),
  /** The web origin whose pages may call from a browser; without it none. */
  WALLET_ALLOWED_ORIGIN: setting.url('http:', 'https:').optional(),
  /** Requests worked on at a time; beyond it 503. About 300 ms of work at full speed. */
  WALLET_MAX_IN_FLIGHT: setting.integer({ min: 1, max: 100_000, fallback: 1_500 }),
  /** How late, in milliseconds, the event loop may run before requests are turned away. */
  WALLET_MAX_LOOP_DELAY_MS: setting.integer({ min: 10, max: 10_000, fallback: 250 }),
};

export type EdgeConfig = Config<typeof edgeSettings>;

export function hostOf(config: EdgeConfig): string {
  return config.HOST ?? (config.WALLET_SANDBOX ? '127.0.0.1' : '::');
}

/** In the sandbox a pasted curl goes on working for a while. */
export function tokenSecondsOf(
  config: Pick<EdgeConfig, 'WALLET_TOKEN_SECONDS' | 'WALLET_SANDBOX'>,
): number {
  return config.WALLET_TOKEN_SECONDS ?? (config.WALLET_SANDBOX ? 3_600 : 600);
}

export function rateQuotasOf(config: EdgeConfig): RateQuotas {
  const { WALLET_SANDBOX: sandbox } = config;
  return {
    perCaller: config.WALLET_CALLER_RATE ?? (sandbox ? 1_000 : 200),
    perRoute: config.WALLET_ROUTE_RATE ?? (sandbox ? 1_000 : 100),
  };
}

/** @throws ConfigError naming every problem */
export function loadEdgeConfig(environment?: Record<string, string | undefined>): EdgeConfig {
  return loadConfig(edgeSettings, environment);
}
