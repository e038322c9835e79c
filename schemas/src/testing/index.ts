export { createRawKafka, type RawKafka } from './raw-kafka.ts';
export { readTopic } from './read-topic.ts';
export { sampleDecision, samplePaymentIntent } from './sample-records.ts';
export { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { createTestWire, uniqueTopicPrefix, type TestWire } from './test-wire.ts';
export { waitUntil } from './wait-until.ts';
export { dropTopics } from './drop-topics.ts';
