import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, setting, settings } from '@wallet/runtime';

export const usage = `npm start -- [--data DIR] [--brokers 1|3]
  --data DIR     keep data, logs and secrets in DIR (default .wallet)
  --brokers N    one Kafka broker (default) or three
Servers named by DATABASE_URL, REDIS_URL, KAFKA_BROKERS, SCHEMA_REGISTRY_URL or PROMETHEUS_URL
are used as they are. PORT is the public port (8080, or the next free one). WALLET_DOCKER=0 leaves
Docker alone.`;

export type StartOptions = {
  dataDir: string;
  brokers: 1 | 3;
  help: boolean;
  /** null: nobody asked for a port */
  port: number | null;
  logLevel: string;
  sandbox: boolean;
};

type Arguments = { data: string; brokers: string; help: boolean };

const readArguments = (args: readonly string[], problems: string[]): Arguments => {
  const fallback = { data: '.wallet', brokers: '1', help: false };
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        data: { type: 'string', default: fallback.data },
        brokers: { type: 'string', default: fallback.brokers },
        help: { type: 'boolean', default: fallback.help },
      },
    });
    return values;
  } catch (error) {
    // Node's message names the option; what follows the first sentence is about its syntax.
    problems.push(String((error as Error).message.split('. ')[0]));
    return fallback;
  }
};

const readEnvironment = (environment: NodeJS.ProcessEnv, problems: string[]) => {
  const foreign = {
    DATABASE_URL: settings.DATABASE_URL.optional(),
    REDIS_URL: settings.REDIS_URL.optional(),
    KAFKA_BROKERS: settings.KAFKA_BROKERS.optional(),
    SCHEMA_REGISTRY_URL: settings.SCHEMA_REGISTRY_URL.optional(),
    PROMETHEUS_URL: settings.PROMETHEUS_URL.optional(),
    WALLET_ID_SECRET: settings.WALLET_ID_SECRET.optional(),
    WALLET_MASTER_KEY: settings.WALLET_MASTER_KEY.optional(),
    WALLET_PREVIOUS_MASTER_KEY: settings.WALLET_PREVIOUS_MASTER_KEY,
    WALLET_IDENTITY_SECRET: settings.WALLET_IDENTITY_SECRET.optional(),
  };
  const own = {
    PORT: settings.PORT,
    LOG_LEVEL: settings.LOG_LEVEL,
    WALLET_SANDBOX: setting.oneOf(['true', 'false'], 'true'),
  };
  try {
    return loadConfig({ ...foreign, ...own }, environment);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    problems.push(...error.problems);
    return null;
  }
};

/**
 * Arguments and environment of `npm start`, checked together.
 * @throws ConfigError with every problem of both
 */
export const readStartOptions = (
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): StartOptions => {
  const problems: string[] = [];
  const { data, brokers, help } = readArguments(args, problems);
  if (brokers !== '1' && brokers !== '3') problems.push('--brokers must be 1 or 3');
  const config = readEnvironment(environment, problems);
  if (problems.length > 0 || config === null) throw new ConfigError(problems);
  return {
    dataDir: data,
    brokers: brokers === '3' ? 3 : 1,
    help,
    port: environment['PORT'] ? config.PORT : null,
    logLevel: config.LOG_LEVEL,
    sandbox: config.WALLET_SANDBOX === 'true',
  };
};
