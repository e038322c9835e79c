export { createFraudProcessor } from './fraud/processor.ts';
export { createVelocity } from './fraud/velocity.ts';
