import type { EvidenceGate } from '@wallet/core-ledger';
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
  STATUS_HOST: settings.STATUS_HOST,
  LOG_LEVEL: settings.LOG_LEVEL,
  WALLET_SANDBOX: settings.WALLET_SANDBOX,
  WALLET_ID_SECRET: settings.WALLET_ID_SECRET,
  IDENTITY_URL: settings.IDENTITY_URL,
  WALLET_WEBHOOK_ALLOW: settings.WALLET_WEBHOOK_ALLOW,
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
  OTEL_EXPORTER_OTLP_ENDPOINT: settings.OTEL_EXPORTER_OTLP_ENDPOINT,
  OTEL_TRACES_SAMPLER_ARG: settings.OTEL_TRACES_SAMPLER_ARG,
  /** The web origin whose pages may call from a browser; without it none. */
  WALLET_ALLOWED_ORIGIN: setting.url('http:', 'https:').optional(),
  /** Requests worked on at a time; beyond it 503. About 130 ms of work at full speed. */
  WALLET_MAX_IN_FLIGHT: setting.integer({ min: 1, max: 100_000, fallback: 800 }),
  /** Streams (events, statements) that are open at a time; beyond it 503. */
  WALLET_MAX_STREAMS: setting.integer({ min: 1, max: 100_000, fallback: 1_000 }),
  /** The same, of one caller; beyond it 429. */
  WALLET_CALLER_STREAMS: setting.integer({ min: 1, max: 100_000, fallback: 20 }),
  /** How long a stream of events lasts at most; its client comes back and goes on. */
  WALLET_STREAM_SECONDS: setting.integer({ min: 1, max: 86_400, fallback: 600 }),
  /**
   * Payments that a rule set must have run on in shadow, besides a backtest, before it may be
   * published; 0 asks for neither. Without it 1,000, in the sandbox 0.
   */
  WALLET_EVIDENCE_PAYMENTS: setting.integer({ min: 0, max: 1_000_000_000 }).optional(),
  /** How late, in milliseconds, the event loop may run before fewer requests are let in. */
  WALLET_MAX_LOOP_DELAY_MS: setting.integer({ min: 10, max: 10_000, fallback: 20 }),
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

/** What a rule set must show before it decides about money. */
export function evidenceGateOf(
  config: Pick<EdgeConfig, 'WALLET_EVIDENCE_PAYMENTS' | 'WALLET_SANDBOX'>,
): EvidenceGate {
  const shadowPayments = config.WALLET_EVIDENCE_PAYMENTS ?? (config.WALLET_SANDBOX ? 0 : 1_000);
  return shadowPayments === 0 ? null : { shadowPayments, backtest: true };
}
