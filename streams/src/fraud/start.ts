import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadLists, loadRuleSet, readDefaultRules, type RuleSet } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import { topics } from '@wallet/schemas';
import { runLoop, type Context, type Running } from '../runner/context.ts';
import { createLiveLists } from './live-lists.ts';
import { createFraudProcessor } from './processor.ts';
import { createVelocity } from './velocity.ts';

export const fraudGroup = 'fraud';
export const fraudTopics = [topics.paymentIntents.name] as const;

/** A fetch costs the broker 0.4 ms, whatever it brings. */
const fetchGapMs = 12;
/** What a fetch brings is screened together; what comes right behind it waits this long. */
const gapMs = 5;

export async function startFraud(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, clock, signal, onClose } = context;
  const ruleSet = await readRuleSet(settings.RULESET_FILE);
  const lists = await createLiveLists({ load: () => loadLists(database), log, signal });
  onClose('fraud lists', () => lists.close());
  const velocity = await createVelocity({
    url: settings.REDIS_URL,
    keyPrefix: settings.REDIS_KEY_PREFIX,
    log,
    metrics,
  });
  onClose('velocity', () => velocity.close());
  const publisher = wire.createPublisher();
  onClose('fraud publisher', () => publisher.close());
  const processor = createFraudProcessor({
    ...{ codec: wire.codec, publisher, velocity, lists, log, metrics, clock },
    liveRules: { current: () => ruleSet },
  });
  const subscription = wire.createSubscription({
    group: fraudGroup,
    topics: fraudTopics,
    pace: () => sleep(fetchGapMs),
  });
  return runLoop(context, {
    stage: 'fraud',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 500,
    gapMs,
  });
}

async function readRuleSet(file: string): Promise<RuleSet> {
  const loaded = loadRuleSet(file === '' ? await readDefaultRules() : await readFile(file, 'utf8'));
  if (loaded.ok) return loaded.ruleSet;
  const problems = loaded.problems.map(
    ({ line, column, message }) => `  line ${line}, column ${column}: ${message}`,
  );
  const text = ['The rule set cannot be used:', ...problems].join('\n');
  throw new Fault('invalid_rules', text, { retriable: false });
}
