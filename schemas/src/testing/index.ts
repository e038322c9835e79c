export { createTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { readTopic } from './read-topic.ts';
export { createTestWire, uniqueTopicPrefix, type TestWire } from './test-wire.ts';
export { createRawKafka, type RawKafka } from './raw-kafka.ts';
