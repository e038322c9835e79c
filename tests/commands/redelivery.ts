import { topics, type InboundRecord, type Wire } from '@wallet/schemas';
import type { Random } from '../simulate/random.ts';

/** What Kafka may do at its worst: records come again, later, and in another order. */
export type Redelivery = {
  /** How many came again so far. */
  count(): number;
  stop(): Promise<void>;
};

const intentTopics = [
  topics.paymentIntents,
  topics.paymentScored,
  topics.walletIntents,
  topics.refundIntents,
  topics.disputeIntents,
].map(({ name }) => name);
const share = 0.08;
/** So many are kept back until they are sent, shuffled. */
const keptBack = 40;
const takenAtOnce = 500;

/** Reads every topic of intents along and publishes a share of all records a second time. */
export function startRedelivery(wire: Wire, random: Random): Redelivery {
  const subscription = wire.createSubscription({ group: 'redelivery', topics: intentTopics });
  const publisher = wire.createPublisher();
  let kept: InboundRecord[] = [];
  let count = 0;

  const sendAgain = async (): Promise<void> => {
    const order = kept.map((record) => ({ record, at: random.next() }));
    kept = [];
    order.sort((one, other) => one.at - other.at);
    // One after the other: each batch of a publisher keeps the order of its records.
    for (const { record } of order) {
      const { topic, key, value, headers } = record;
      if (value === null) continue;
      await publisher.publish({ topic, key: key ?? '', value, headers });
      count += 1;
    }
  };
  const run = async (): Promise<void> => {
    for (;;) {
      const batch = await subscription.take(takenAtOnce);
      if (batch === null) return sendAgain();
      kept.push(...batch.records.filter(() => random.chance(share)));
      if (kept.length >= keptBack) await sendAgain();
    }
  };
  subscription.start();
  const running = run();
  return {
    count: () => count,
    async stop() {
      await subscription.stop();
      await running;
      await Promise.all([subscription.close(), publisher.close()]);
    },
  };
}
