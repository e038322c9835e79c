export type { PartitionLag, TopicDescription, WireAdmin } from './admin.ts';
export type { Codec, Decoded, UndecodableReason } from './codec.ts';
export { deployWire } from './deploy.ts';
export type { Publisher, PublisherOptions } from './publisher.ts';
export type { InboundRecord, OutboundRecord, Position, Positions } from './record.ts';
export type * from './records.generated.ts';
export type { Batch, Subscription, SubscriptionOptions } from './subscription.ts';
export { allTopics, deadLetterTopicOf, topics, type Topic } from './topics.ts';
export { createWire, type Wire, type WireOptions } from './wire.ts';
