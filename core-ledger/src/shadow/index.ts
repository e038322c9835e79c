export { readShadowReport } from './report.ts';
export type { ShadowReport } from './report.ts';
export { createShadowTally } from './tally.ts';
