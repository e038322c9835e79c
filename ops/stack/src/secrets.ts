import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readIfThere, replaceFile } from './durable-file.ts';

export type Secrets = {
  WALLET_ID_SECRET: string;
  WALLET_MASTER_KEY: string;
  WALLET_IDENTITY_SECRET: string;
  /** Given by the environment while the master key changes. */
  WALLET_PREVIOUS_MASTER_KEY?: string;
};

const OWNER_ONLY = 0o600;

/**
 * The stack's own secrets, made at its first start: intent ids are derived from one and persons are
 * sealed by another, so they have to live as long as the data. What the environment gives wins.
 */
export const openSecrets = (dataDir: string, environment = process.env): Secrets => {
  const previous = environment['WALLET_PREVIOUS_MASTER_KEY'];
  const open = (variable: keyof Secrets, file: string, make: () => string): string => {
    const given = environment[variable];
    if (given) return given;
    const path = join(dataDir, 'secrets', file);
    const kept = readIfThere(path);
    if (kept !== null) return kept;
    const made = make();
    replaceFile(path, made, OWNER_ONLY);
    return made;
  };
  return {
    WALLET_ID_SECRET: open('WALLET_ID_SECRET', 'id-secret', () => randomBytes(32).toString('hex')),
    WALLET_MASTER_KEY: open('WALLET_MASTER_KEY', 'master-key', () =>
      randomBytes(32).toString('hex'),
    ),
    WALLET_IDENTITY_SECRET: open('WALLET_IDENTITY_SECRET', 'identity-secret', () =>
      randomBytes(32).toString('hex'),
    ),
    ...(previous ? { WALLET_PREVIOUS_MASTER_KEY: previous } : {}),
  };
};

/** Who may know what: the private keys and the persons are the identity service's alone. */
const knownTo: Readonly<Record<keyof Secrets, readonly string[]>> = {
  WALLET_ID_SECRET: ['edge'],
  WALLET_MASTER_KEY: ['identity', 'seed'],
  WALLET_PREVIOUS_MASTER_KEY: ['identity', 'seed'],
  WALLET_IDENTITY_SECRET: ['edge', 'identity', 'streams:webhooks,emails'],
};

/** @returns the environment of a role: what all share, and the secrets it needs */
export const createEnvironments =
  (shared: Readonly<Record<string, string>>, secrets: Secrets) =>
  (role: string): Record<string, string> => ({
    ...shared,
    ...Object.fromEntries(
      Object.entries(secrets).filter(([name]) => knownTo[name as keyof Secrets].includes(role)),
    ),
  });
