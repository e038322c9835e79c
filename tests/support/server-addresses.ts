import { randomBytes } from 'node:crypto';

/** Addresses of the servers a system uses. */
export type ServerAddresses = {
  DATABASE_URL: string;
  REDIS_URL: string;
  KAFKA_BROKERS: string;
  SCHEMA_REGISTRY_URL: string;
};

/** Those that the environment names. @throws when one is missing */
export function serversOfEnvironment(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): ServerAddresses {
  const address = (variable: keyof ServerAddresses): string => {
    const value = environment[variable];
    if (value) return value;
    throw new Error(`${variable} must name a server: npm test provides all of them`);
  };
  return {
    DATABASE_URL: address('DATABASE_URL'),
    REDIS_URL: address('REDIS_URL'),
    KAFKA_BROKERS: address('KAFKA_BROKERS'),
    SCHEMA_REGISTRY_URL: address('SCHEMA_REGISTRY_URL'),
  };
}

/** Secrets of one system alone. */
export function newSecrets() {
  return {
    WALLET_ID_SECRET: randomBytes(32).toString('hex'),
    WALLET_MASTER_KEY: randomBytes(32).toString('hex'),
    WALLET_IDENTITY_SECRET: randomBytes(32).toString('hex'),
  };
}
