/** A record to be written. */
export type OutboundRecord = {
  /** Logical name, without the topic prefix. */
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  /** Only for records that must go where another one is; else the key decides. */
  readonly partition?: number;
};

/** A record as it was read. */
export type InboundRecord = {
  /** Logical name, without the topic prefix. */
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
};

/** Where to go on reading: everything below `nextOffset` is done. */
export type Position = {
  readonly topic: string;
  readonly partition: number;
  readonly nextOffset: number;
};

/**
 * Tells from which offset each partition goes on; a partition without an entry was never read.
 * The database's `consumer_offset` is the usual source: it is the truth, Kafka's offsets are hints.
 */
export type Positions = (
  topic: string,
  partitions: readonly number[],
) => Promise<ReadonlyMap<number, number>>;
