export { createAccessTokens } from './identity/access-tokens.ts';
