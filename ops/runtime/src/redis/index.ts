export { createRedisLink, type RedisLink } from './link.ts';
export type { Reply } from './replies.ts';
export { createRequestBuffer, type RequestBuffer } from './requests.ts';
export { openRedisSession } from './session.ts';
