import { loadConfig, setting, settings, type Config } from '@wallet/runtime';

/** Every variable the identity service reads; types, bounds and defaults. */
const identitySettings = {
  DATABASE_URL: settings.DATABASE_URL,
  REDIS_URL: settings.REDIS_URL,
  REDIS_KEY_PREFIX: settings.REDIS_KEY_PREFIX,
  /** Where edges and other verifiers of tokens find it. */
  IDENTITY_PORT: setting.integer({ min: 0, max: 65_535, fallback: 8_082 }),
  /** Address to listen on: clients come through the edge, so by default nobody else's. */
  IDENTITY_HOST: setting.textOr('127.0.0.1'),
  STATUS_PORT: settings.STATUS_PORT,
  STATUS_HOST: settings.STATUS_HOST,
  LOG_LEVEL: settings.LOG_LEVEL,
  WALLET_SANDBOX: settings.WALLET_SANDBOX,
  WALLET_MASTER_KEY: settings.WALLET_MASTER_KEY,
  WALLET_PREVIOUS_MASTER_KEY: settings.WALLET_PREVIOUS_MASTER_KEY,
  WALLET_IDENTITY_SECRET: settings.WALLET_IDENTITY_SECRET,
  /** `iss` of the tokens, a URL; without it that of the port on 127.0.0.1. */
  WALLET_ISSUER: settings.WALLET_ISSUER,
  WALLET_TOKEN_SECONDS: settings.WALLET_TOKEN_SECONDS,
  /** Failed logins per minute, client address and account. */
  WALLET_LOGIN_FAILURES: setting.integer({ min: 1, max: 1_000, fallback: 20 }),
  /** How long a new key is published before it signs: every verifier knows it by then. */
  WALLET_KEY_ANNOUNCE_SECONDS: setting.integer({ min: 0, max: 86_400, fallback: 60 }),
};

export type IdentityConfig = Config<typeof identitySettings>;

/** @throws ConfigError naming every problem */
export function loadIdentityConfig(
  environment?: Record<string, string | undefined>,
): IdentityConfig {
  return loadConfig(identitySettings, environment);
}
