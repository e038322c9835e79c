import { hash } from 'node:crypto';

/** The 32 bytes of HMAC-SHA-256 over a text or bytes. */
export type Mac = (message: string | Buffer) => Buffer;

const blockBytes = 64;
const digestBytes = 32;

/**
 * HMAC-SHA-256 (RFC 2104) out of two one-shot hashes. `createHmac` makes a key object for every
 * message, which on the hot path cost more than everything else a request did with its id.
 * @param key at most 64 bytes
 */
export function createMac(key: Buffer): Mac {
  const block = Buffer.alloc(blockBytes);
  key.copy(block);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(digestBytes)]);
  return (message) => {
    const length = typeof message === 'string' ? Buffer.byteLength(message) : message.length;
    const input = Buffer.allocUnsafe(blockBytes + length);
    input.set(inner);
    if (typeof message === 'string') input.write(message, blockBytes);
    else message.copy(input, blockBytes);
    outer.set(hash('sha256', input, 'buffer'), blockBytes);
    return hash('sha256', outer, 'buffer');
  };
}
