export { describeApi } from './app.ts';
export { createAccessTokens } from './identity/access-tokens.ts';
