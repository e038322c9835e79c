import type { Lists, RuleSet } from '@wallet/core-ledger';
import { Fault, type Clock, type Log, type Metrics } from '@wallet/runtime';
import { topics, type Codec, type OutboundRecord, type Publisher } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import { createDecided } from './decided.ts';
import { createFraudMeter } from './meter.ts';
import { scorePayment } from './scoring.ts';
import { readBatch, toCounted, wantedEntities, type Batch, type Screening } from './screening.ts';
import type { Velocity } from './velocity.ts';

export type FraudProcessor = { handle: Handler };

/** Keeps one Redis request far below its deadline: some 40 µs of Redis a payment. */
const screeningSize = 200;

/**
 * Screens payment intents: counts them, decides by the live rule set and publishes
 * `payment-scored` in the same partition. A record that cannot be read becomes a dead letter.
 * Resolves when all of it is in Kafka; throws the publisher's and the registry's faults, and the
 * same batch may then be given again: its decisions do not change. Keeps nothing that another
 * process needs.
 */
export function createFraudProcessor(deps: {
  codec: Codec;
  publisher: Publisher;
  velocity: Velocity;
  liveRules: { current(): RuleSet };
  lists: { current(): Lists };
  log: Log;
  metrics: Metrics;
  clock: Clock;
}): FraudProcessor {
  const { codec, publisher, velocity, log, clock } = deps;
  const decided = createDecided();
  const meter = createFraudMeter(deps.metrics);

  async function decide(screenings: readonly Screening[]): Promise<void> {
    const ruleSet = deps.liveRules.current();
    meter.ruleSet(ruleSet.hash);
    const counted = screenings.map((screening) => ({ screening, ...toCounted(screening) }));
    const wanted = {
      entities: wantedEntities(ruleSet),
      deadlineMs: ruleSet.settings.velocityDeadlineMs,
    };
    await velocity.count(counted, wanted);
    const lists = deps.lists.current();
    const decidedAtMs = clock.nowMs();
    for (const { screening, payment, features, complete } of counted) {
      const degraded = !complete;
      const input = { payment, features, degraded, decidedAtMs, ruleSet, lists };
      screening.decision = scorePayment(input);
      decided.remember(screening.intent, screening.decision);
      meter.decision(screening.decision);
    }
  }

  function putAside({ record, why }: Batch['unusable'][number]): OutboundRecord {
    if (why.reason === 'schema_not_loaded')
      throw new Fault(why.reason, why.detail, { retriable: true });
    const { topic, partition, offset } = record;
    log.error({ topic, partition, offset, ...why }, 'record cannot be screened: dead letter');
    meter.deadLetter(topic, why.reason);
    return deadLetterOf(record, { ...why, attempts: 1 });
  }

  return {
    async handle(records) {
      const started = performance.now();
      await codec.load(records);
      const decode = (record: { value: Buffer | null }) =>
        codec.decode(topics.paymentIntents, record.value);
      const { screenings, unusable } = readBatch(records, decode, decided);
      const open = screenings.filter(({ decision, first }) => !decision && !first);
      for (let at = 0; at < open.length; at += screeningSize)
        await decide(open.slice(at, at + screeningSize));
      const out = [
        ...unusable.map(putAside),
        ...screenings.map((screening) => scoredRecord(screening, codec)),
      ];
      meter.batch(screenings.length, open.length, (performance.now() - started) / 1_000);
      await publisher.publishAll(out);
      return positionsBehind(records);
    },
  };
}

function scoredRecord(screening: Screening, codec: Codec): OutboundRecord {
  const { record, bytes, intent, first } = screening;
  const decision = screening.decision ?? first?.decision;
  if (decision === undefined) throw new Error('a screening ended without a decision');
  return {
    topic: topics.paymentScored.name,
    partition: record.partition,
    key: intent.payer_wallet_id,
    value: codec.encodeScored(intent, bytes, decision),
    headers: record.headers,
  };
}
