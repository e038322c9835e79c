import { timingSafeEqual } from 'node:crypto';
import { createMac } from '../http/mac.ts';

export type RefreshTokens = {
  issue(session: { id: string; refreshGeneration: number }): string;
  /** Which session and generation a token is for; null unless we made it. */
  open(token: string): { sessionId: string; generation: number } | null;
};

const idBytes = 16;
const generationBytes = 4;
const tagBytes = 32;

/**
 * Refresh tokens: session id, generation and an HMAC over both. The ledger keeps the generation
 * alone, so every older token of a family is recognised as one used before, and a copy of the
 * database makes no token.
 */
export function createRefreshTokens(key: Buffer): RefreshTokens {
  const tagOf = createMac(key);
  return {
    issue(session) {
      const head = Buffer.alloc(idBytes + generationBytes);
      head.write(session.id.replaceAll('-', ''), 'hex');
      head.writeUInt32BE(session.refreshGeneration, idBytes);
      return Buffer.concat([head, tagOf(head)]).toString('base64url');
    },
    open(token) {
      const bytes = Buffer.from(token, 'base64url');
      if (bytes.length !== idBytes + generationBytes + tagBytes) return null;
      const head = bytes.subarray(0, idBytes + generationBytes);
      if (!timingSafeEqual(bytes.subarray(head.length), tagOf(head))) return null;
      const hex = head.toString('hex', 0, idBytes);
      const sessionId = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
      return { sessionId, generation: head.readUInt32BE(idBytes) };
    },
  };
}
