import type { InboundRecord, Position } from '@wallet/schemas';

/**
 * One stage of the pipeline: takes records in partition order and resolves when every effect of
 * theirs is durable. Throws a fault whose `retriable` says whether to try the same batch again.
 */
export type Handler = (records: readonly InboundRecord[]) => Promise<readonly Position[]>;

/** A concern around a handler (retry, metrics): the domain inside never knows of it. */
export type Wrapper = (handler: Handler) => Handler;

/** The positions behind the last record of each partition of a batch. */
export function positionsBehind(records: readonly InboundRecord[]): Position[] {
  const last = new Map<string, Position>();
  for (const { topic, partition, offset } of records)
    last.set(`${topic}/${partition}`, { topic, partition, nextOffset: offset + 1 });
  return [...last.values()];
}
