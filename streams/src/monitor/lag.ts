import type { Clock, Metrics } from '@wallet/runtime';
import { topics, type PartitionLag, type WireAdmin } from '@wallet/schemas';

/** A consumer group and the topics it reads, by their logical names. */
export type WatchedGroup = {
  group: string;
  topics: readonly string[];
};

/** A payment that nobody has decided or settled yet exists as a record ahead of a group alone. */
const stateOfQueue: Readonly<Record<string, 'received' | 'screening'>> = {
  [`fraud ${topics.paymentIntents.name}`]: 'received',
  [`settlement ${topics.paymentScored.name}`]: 'screening',
};

/** Writes the lag of every group as the brokers know it: it is there when consumers are dead. */
export function createLagLook(options: {
  admin: Pick<WireAdmin, 'lag'>;
  watched: readonly WatchedGroup[];
  metrics: Metrics;
  clock: Clock;
}): () => Promise<void> {
  const { admin, watched, metrics, clock } = options;
  return async () => {
    for (const { group, topics: names } of watched) {
      const rows = await admin.lag({ group, topics: names });
      for (const row of rows) writePartition(metrics, row);
      for (const topic of names) {
        const ofTopic = rows.filter((row) => row.topic === topic);
        writeTopic(metrics, group, topic, ofTopic, clock.nowMs());
      }
    }
  };
}

function writePartition(metrics: Metrics, row: PartitionLag): void {
  const { group: consumergroup, topic } = row;
  const partition = String(row.partition);
  const labels = { consumergroup, topic, partition };
  metrics.set('kafka_consumergroup_lag', labels, row.lag);
  metrics.set('kafka_consumergroup_current_offset', labels, row.committedOffset ?? row.startOffset);
  metrics.set('kafka_topic_partition_current_offset', { topic, partition }, row.endOffset);
}

function writeTopic(
  metrics: Metrics,
  group: string,
  topic: string,
  rows: readonly PartitionLag[],
  nowMs: number,
): void {
  const behindMs = rows.reduce((worst, row) => Math.max(worst, row.behindMs), 0);
  const labels = { consumergroup: group, topic };
  metrics.set('wallet_consumer_lag_seconds', labels, behindMs / 1000);
  const state = stateOfQueue[`${group} ${topic}`];
  if (state === undefined) return;
  const waiting = rows.reduce((sum, row) => sum + row.lag, 0);
  metrics.set('wallet_payments_pending', { state }, waiting);
  const oldestAt = 'wallet_payments_oldest_pending_timestamp_seconds';
  metrics.set(oldestAt, { state }, (nowMs - behindMs) / 1000);
}
