import { createDatabase } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createWire } from '@wallet/schemas';
import { startRebuild, type RebuildPhase } from '@wallet/streams';
import { findDatabaseUrl, findRedisUrl, findWireAddress } from './addresses.ts';
import { readTime } from './read-time.ts';
import type { Command, CommandContext } from './table.ts';

const usage = `usage: npm run wallet -- counters rebuild --from TIME
       TIME is ISO 8601 (2026-11-01T00:00:00Z) or an age (30d, 12h): older events are not counted`;

const phases: Record<RebuildPhase, string> = {
  reading: 'reading the log into new counters; decisions go on with the present ones',
  'handing over': 'handing over: payments accepted in ten seconds and later use the new counters',
  waiting: 'waiting until the live processors are behind the hand-over',
  discarding: 'removing the former counters',
};
/** Progress is told this often. */
const tellEveryMs = 2_000;

/** Rebuilds the counters of the rules in force from Kafka. Nothing stops meanwhile. */
export const countersCommand: Command = async (args, context) => {
  const [action, flag, time, ...rest] = args;
  const fromMs = time === undefined ? NaN : readTime(time, Date.now());
  if (action !== 'rebuild' || flag !== '--from' || rest.length > 0 || Number.isNaN(fromMs)) {
    context.print(usage);
    return 2;
  }
  const { environment, print } = context;
  const log = createLog({ role: 'counters', level: 'warn' });
  const metrics = createMetrics({ role: 'streams' });
  const database = createDatabase({
    url: findDatabaseUrl(environment),
    ...{ applicationName: 'wallet-counters', poolSize: 2 },
  });
  const address = findWireAddress(environment);
  const wire = await createWire({ ...address, clientId: 'wallet-counters', log, metrics });
  try {
    const {
      before,
      after,
      fromMs: handedOverMs,
      discarded,
    } = await startRebuild({
      ...{ wire, database, fromMs, log, metrics },
      redisUrl: findRedisUrl(environment),
      keyPrefix: environment['REDIS_KEY_PREFIX'] ?? '',
      onPhase: (phase) => print(phases[phase]),
      onProgress: createProgress(print),
    });
    print(`counters ${after} are in use since ${new Date(handedOverMs).toISOString()}`);
    const left = 'the former ones expire by themselves: live processors are too far behind';
    print(discarded > 0 ? `${discarded} former counters removed (${before || 'first'})` : left);
    return 0;
  } finally {
    await wire.close();
    await database.close();
  }
};

function createProgress(print: CommandContext['print']) {
  let toldMs = Date.now();
  return ({ passed, all }: { passed: number; all: number }): void => {
    if (Date.now() - toldMs < tellEveryMs) return;
    toldMs = Date.now();
    print(`  ${passed} of ${all} records`);
  };
}
