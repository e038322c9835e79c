import {
  createMasterSeal,
  createVault,
  LedgerFault,
  renewPersons,
  renewSigningKeys,
  renewWebhookSecrets,
  signingKeyPurpose,
  webhookSecretPurpose,
} from '@wallet/core-ledger';
import { ConfigError, loadConfig, settings } from '@wallet/runtime';
import { withDatabase } from './identity-database.ts';
import type { Command, CommandContext } from './table.ts';

const usage = `usage: npm run wallet -- rotate-master-key
Makes all that is sealed be sealed by a new master key, while everything runs:
  1. restart the identity service with the new key as WALLET_MASTER_KEY and the present one as
     WALLET_PREVIOUS_MASTER_KEY (a key: openssl rand -hex 32)
  2. run this command with the same two variables
  3. run it again: when nothing is renewed, restart without WALLET_PREVIOUS_MASTER_KEY`;

/** Brings persons, signing keys and secrets of webhooks under WALLET_MASTER_KEY; repeatable. */
export const rotateMasterKeyCommand: Command = async (args, context) => {
  const keys = args.length > 0 ? null : readKeys(context);
  if (keys === null) {
    context.print(usage);
    return 2;
  }
  return withDatabase(context, async ({ knex }) => {
    try {
      const persons = await renewPersons(knex, createVault(...keys));
      const seal = createMasterSeal(signingKeyPurpose, ...keys);
      const signingKeys = await renewSigningKeys(knex, seal);
      const webhookSeal = createMasterSeal(webhookSecretPurpose, ...keys);
      const webhookSecrets = await renewWebhookSecrets(knex, webhookSeal);
      const done = { persons, signingKeys, webhookSecrets };
      for (const [what, { renewed, present }] of Object.entries(done)) {
        context.print(`${what.padEnd(14)} ${renewed} renewed, ${present} were so already`);
      }
      return 0;
    } catch (error) {
      if (!(error instanceof LedgerFault) || error.code !== 'wrong_master_key') throw error;
      context.print(`${error.message}: is WALLET_PREVIOUS_MASTER_KEY the one before?`);
      return 1;
    }
  });
};

function readKeys({ environment, print }: CommandContext): [string, string] | null {
  const { WALLET_MASTER_KEY, WALLET_PREVIOUS_MASTER_KEY } = settings;
  try {
    const config = loadConfig(
      { WALLET_MASTER_KEY, WALLET_PREVIOUS_MASTER_KEY: WALLET_PREVIOUS_MASTER_KEY.unwrap() },
      environment,
    );
    return [config.WALLET_MASTER_KEY, config.WALLET_PREVIOUS_MASTER_KEY];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) print(problem);
    return null;
  }
}
