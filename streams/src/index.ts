export { createFraudProcessor, createVelocity } from './fraud/index.ts';
