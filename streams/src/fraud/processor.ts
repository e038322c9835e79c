import { Fault, type Clock, type Log, type Metrics } from '@wallet/runtime';
import { topics, type Codec, type OutboundRecord, type Publisher } from '@wallet/schemas';
import { deadLetterOf } from '../runner/dead-letter.ts';
import { positionsBehind, type Handler } from '../runner/handler.ts';
import type { Counted } from './counted.ts';
import { createDecided, type Decided } from './decided.ts';
import type { LiveLists } from './live-lists.ts';
import type { LiveRules, RulePlan } from './live-rules.ts';
import { createFraudMeter, type FraudMeter } from './meter.ts';
import { velocityPlan, type VelocityPlan } from './plan.ts';
import { readBatch, toCounted, type Batch, type Screening } from './screening.ts';
import type { Velocity } from './velocity.ts';

export type FraudProcessor = { handle: Handler };

/** Keeps one Redis request far below its deadline: some 40 µs of Redis a payment. */
const screeningSize = 200;

type Dependencies = {
  codec: Codec;
  publisher: Publisher;
  velocity: Velocity;
  liveRules: Pick<LiveRules, 'current'>;
  lists: Pick<LiveLists, 'current'>;
  log: Log;
  metrics: Metrics;
  clock: Clock;
};

/**
 * Screens payment intents: counts them, decides by the live rule set and publishes
 * `payment-scored` in the same partition. A record that cannot be read becomes a dead letter.
 * Resolves when all of it is in Kafka; throws the publisher's and the registry's faults, and the
 * same batch may then be given again: its decisions do not change. Keeps nothing that another
 * process needs.
 */
export function createFraudProcessor(deps: Dependencies): FraudProcessor {
  const { codec, publisher, log } = deps;
  const decided = createDecided();
  const meter = createFraudMeter(deps.metrics);
  const decide = createDecide(deps, decided, meter);

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
      await decide(open);
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

/** A part of a batch whose counters are asked for. */
type Asked = {
  readonly rules: RulePlan;
  readonly counted: readonly (Counted & { screening: Screening })[];
  /** Microseconds that the counters took. */
  readonly countersUs: Promise<number>;
};

/**
 * Counts and decides what nobody has decided yet, and remembers it. Redis counts the next part
 * while one is decided here, and never two at once: a deadline is for one part.
 */
function createDecide(
  { velocity, clock, liveRules, lists }: Dependencies,
  decided: Decided,
  meter: FraudMeter,
): (screenings: readonly Screening[]) => Promise<void> {
  const plans = new WeakMap<RulePlan, VelocityPlan>();

  function countersOf(rules: RulePlan): VelocityPlan {
    const known = plans.get(rules) ?? velocityPlan(rules);
    plans.set(rules, known);
    return known;
  }

  function ask(screenings: readonly Screening[]): Asked {
    const rules = liveRules.current();
    meter.ruleSets(rules.hashes);
    const counted = screenings.map((screening) => ({ screening, ...toCounted(screening) }));
    const askedMs = performance.now();
    const countersUs = velocity
      .count(counted, countersOf(rules), rules.live.settings.velocityDeadlineMs)
      .then(() => Math.round((performance.now() - askedMs) * 1_000));
    return { rules, counted, countersUs };
  }

  function decide({ rules, counted }: Asked, countersUs: number): void {
    const history = lists.current();
    const decidedAtMs = clock.nowMs();
    const held = history.atVersion(history.version, decidedAtMs);
    const known = { lists: held, listsVersion: history.version, countersUs, decidedAtMs };
    for (const { screening, features, complete } of counted) {
      const { intent } = screening;
      const input = { payment: intent, features, degraded: !complete, ...known };
      screening.decision = rules.decide(intent.intent_id, input);
      decided.remember(intent, screening.decision);
      meter.decision(screening.decision);
    }
  }

  return async (screenings) => {
    let next = ask(screenings.slice(0, screeningSize));
    for (let at = screeningSize; ; at += screeningSize) {
      const asked = next;
      const countersUs = await asked.countersUs;
      if (at < screenings.length) next = ask(screenings.slice(at, at + screeningSize));
      decide(asked, countersUs);
      if (at >= screenings.length) return;
    }
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
