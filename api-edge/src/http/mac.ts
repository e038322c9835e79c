import { hash } from 'node:crypto';

/** HMAC-SHA-256 over a text or bytes, as 64 hexadecimal digits. */
export type Mac = (message: string | Buffer) => string;

const blockBytes = 64;
const digestBytes = 32;
/** Longer messages get a buffer of their own. */
const usualBytes = 512;

/**
 * HMAC-SHA-256 (RFC 2104) out of two one-shot hashes. `createHmac` makes a key object for every
 * message, which on the hot path cost more than everything else a request did with its id. For the
 * same reason texts stay texts: a digest as a buffer costs twice the hash, and the views of the one
 * input buffer are kept by their length.
 * @param key at most 64 bytes
 */
export function createMac(key: Buffer): Mac {
  const block = Buffer.alloc(blockBytes);
  key.copy(block);
  const inner = block.map((byte) => byte ^ 0x36);
  const outer = Buffer.concat([block.map((byte) => byte ^ 0x5c), Buffer.alloc(digestBytes)]);
  const usual = Buffer.concat([inner, Buffer.alloc(usualBytes)]);
  const views: Buffer[] = [];
  const inputOf = (bytes: number): Buffer =>
    bytes > usualBytes
      ? Buffer.concat([inner, Buffer.alloc(bytes)])
      : (views[bytes] ??= usual.subarray(0, blockBytes + bytes));

  return (message) => {
    const isText = typeof message === 'string';
    const input = inputOf(isText ? Buffer.byteLength(message) : message.length);
    if (isText) input.write(message, blockBytes);
    else message.copy(input, blockBytes);
    outer.write(hash('sha256', input, 'hex'), blockBytes, 'hex');
    return hash('sha256', outer, 'hex');
  };
}
