import { createDatabase, migrate } from '@wallet/core-ledger';
import { createLog } from '@wallet/runtime';
import { allTopics, deployWire } from '@wallet/schemas';
import { findDatabaseUrl, findWireAddress } from './addresses.ts';
import type { Command } from './table.ts';

/** What has to be done before the processes of a version start; repeating it changes nothing. */
export const deployCommand: Command = async (args, { environment, print }) => {
  if (args.length > 0) {
    print('usage: npm run wallet -- deploy');
    return 2;
  }
  const url = findDatabaseUrl(environment);
  const database = createDatabase({ url, applicationName: 'wallet-deploy', poolSize: 2 });
  try {
    const { done } = await migrate(database);
    print(`database  ${done.at(-1)}`);
  } finally {
    await database.close();
  }
  await deployWire({
    ...findWireAddress(environment),
    log: createLog({ role: 'deploy', level: 'warn' }),
  });
  print(`topics    ${allTopics.length} with their schemas and dead letters`);
  return 0;
};
