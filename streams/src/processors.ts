import { readFile } from 'node:fs/promises';
import {
  createConnection,
  loadLists,
  loadRuleSet,
  readDefaultRules,
  type Database,
  type RuleSet,
} from '@wallet/core-ledger';
import { Fault, type Clock, type Log, type Metrics } from '@wallet/runtime';
import { topics, type Subscription, type Wire } from '@wallet/schemas';
import { createFraudProcessor, createLiveLists, createVelocity } from './fraud/index.ts';
import { createNotificationsProcessor, notificationsGroup } from './notifications/processor.ts';
import type { Handler } from './runner/handler.ts';
import { createLoop } from './runner/loop.ts';
import { withMetrics, type Stage } from './runner/measure.ts';
import { withRetry } from './runner/retry.ts';
import { createStandingOffsets } from './runner/standing-offsets.ts';
import type { ProcessorName, Settings } from './settings.ts';

/** What a process gives to each of its processors. */
export type Context = {
  settings: Settings;
  wire: Wire;
  database: Database;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  /** Fires when the process stops. */
  signal: AbortSignal;
  onFatal: (error: unknown) => void;
  /** Registers what was opened; closed last in, first out. */
  onClose: (name: string, close: () => Promise<void> | void) => void;
};

/** A running processor: why it makes no progress, if it does not. */
export type Running = { problem(): string | null };

/** One line a processor: everything this package does. */
export const processors: Readonly<Record<ProcessorName, (context: Context) => Promise<Running>>> = {
  fraud: startFraud,
  notifications: startNotifications,
};

/** Every processor is a loop over one subscription with the same concerns around its handler. */
function runLoop(
  context: Context,
  options: {
    stage: Stage;
    subscription: Subscription;
    handler: Handler;
    maxBatchRecords: number;
    gapMs: number;
  },
): Running {
  const { log, metrics, clock, signal, onFatal, onClose } = context;
  const { stage, subscription } = options;
  const onRetry = (): void => metrics.inc('wallet_stage_retries_total', { stage });
  const retrying = withRetry({ stage, log, signal, onRetry });
  const handler = withMetrics(stage, metrics, clock)(retrying(options.handler));
  const loop = createLoop({ ...options, handler, log, signal, onFatal });
  loop.start();
  onClose(stage, () => loop.stop());
  return { problem: () => subscription.problem() };
}

async function startFraud(context: Context): Promise<Running> {
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
    group: 'fraud',
    topics: [topics.paymentIntents.name],
    fetchGapMs: 5,
  });
  return runLoop(context, {
    stage: 'fraud',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 500,
    gapMs: 5,
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

async function startNotifications(context: Context): Promise<Running> {
  const { settings, wire, database, log, metrics, onClose } = context;
  const connection = await createConnection({
    url: settings.DATABASE_URL,
    applicationName: 'wallet notifications',
  });
  onClose('notifications connection', () => connection.close());
  const publisher = wire.createPublisher();
  onClose('notifications publisher', () => publisher.close());
  const offsets = createStandingOffsets(database, notificationsGroup);
  const processor = createNotificationsProcessor({
    ...{ connection, publisher, offsets, log, metrics, codec: wire.codec },
  });
  const subscription = wire.createSubscription({
    group: notificationsGroup,
    topics: [topics.paymentEvents.name],
    positions: offsets.positions,
    fetchGapMs: 20,
  });
  return runLoop(context, {
    stage: 'notifications',
    subscription,
    handler: processor.handle,
    maxBatchRecords: 1_000,
    // Nobody waits for an inbox: larger batches leave the machine to the payments.
    gapMs: 50,
  });
}
