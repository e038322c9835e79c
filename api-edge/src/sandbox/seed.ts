import { createDatabase, createVault } from '@wallet/core-ledger';
import { ConfigError, createLog, loadConfig, settings } from '@wallet/runtime';
import { createPasswords } from '../identity-service/passwords.ts';
import { fillSandbox } from './fill.ts';
import { sandboxPassword } from './users.ts';

// A deploy step: fills the sandbox and ends. Exit code 2: not a sandbox, or wrong environment.
const log = createLog({ role: 'seed' });

function readConfig() {
  try {
    const { DATABASE_URL, WALLET_MASTER_KEY, WALLET_PREVIOUS_MASTER_KEY, WALLET_SANDBOX } =
      settings;
    const keys = { WALLET_MASTER_KEY, WALLET_PREVIOUS_MASTER_KEY };
    const config = loadConfig({ DATABASE_URL, ...keys, WALLET_SANDBOX });
    if (!config.WALLET_SANDBOX) throw new ConfigError(['WALLET_SANDBOX must be true']);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

const config = readConfig();
const db = createDatabase({
  url: config.DATABASE_URL,
  applicationName: 'wallet seed',
  poolSize: 1,
});
try {
  const vault = createVault(config.WALLET_MASTER_KEY, config.WALLET_PREVIOUS_MASTER_KEY);
  const added = await fillSandbox({ db, vault }, () => createPasswords().hash(sandboxPassword));
  log.info(added, 'the sandbox is filled');
} finally {
  await db.close();
}
