export type { ApiAnswer, ApiClient, ApiRequest } from './api-client.ts';
export { createTestGround, type TestEdge, type TestGround } from './test-edge.ts';
export { newUser, newUserOfRole, paymentOf, testPassword, type TestUser } from './users.ts';
export { sampleOf, type World } from './samples.ts';
export { createMint, type Mint } from './mint.ts';
export { createOwnRedis, type OwnRedis } from './own-redis.ts';
export { settle } from './settle.ts';
