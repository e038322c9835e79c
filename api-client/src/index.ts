export { createWalletClient, unwrap, type WalletClient } from './client.ts';
export { isProblem, WalletProblem, type Problem, type ProblemCode } from './problem.ts';
export type { components, paths } from './api.generated.ts';
