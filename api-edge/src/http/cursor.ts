import { timingSafeEqual } from 'node:crypto';
import { createMac } from './mac.ts';

/** Opaque, tamper-evident positions in lists. */
export type Cursors = {
  /** `scope` names the list and its owner: a cursor is good for that list alone. */
  seal(scope: string, position: unknown): string;
  /** The position, or undefined when the text is not a cursor of ours for this list. */
  open(scope: string, cursor: string): unknown;
};

const tagBytes = 12;

export function createCursors(key: Buffer): Cursors {
  const mac = createMac(key);
  const tagOf = (scope: string, body: Buffer): Buffer =>
    Buffer.from(mac(Buffer.concat([Buffer.from(`${scope}|`), body])), 'hex').subarray(0, tagBytes);
  return {
    seal(scope, position) {
      const body = Buffer.from(JSON.stringify(position));
      return Buffer.concat([tagOf(scope, body), body]).toString('base64url');
    },
    open(scope, cursor) {
      const bytes = Buffer.from(cursor, 'base64url');
      if (bytes.length <= tagBytes || bytes.toString('base64url') !== cursor) return undefined;
      const body = bytes.subarray(tagBytes);
      if (!timingSafeEqual(bytes.subarray(0, tagBytes), tagOf(scope, body))) return undefined;
      return JSON.parse(body.toString()) as unknown;
    },
  };
}
