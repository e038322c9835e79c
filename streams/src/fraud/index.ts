export type { CountedPayment } from './calls.ts';
export { createLiveLists } from './live-lists.ts';
export type { LiveLists } from './live-lists.ts';
export { createFraudProcessor } from './processor.ts';
export type { FraudProcessor } from './processor.ts';
export { scorePayment } from './scoring.ts';
export { createVelocity } from './velocity.ts';
export type { Velocity } from './velocity.ts';
