export { loadEdgeConfig, type EdgeConfig } from './config.ts';
export { openEdge, type Edge, type EdgeDependencies } from './edge.ts';
export { createAccessTokens, type AccessTokens } from './identity/access-tokens.ts';
