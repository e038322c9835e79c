import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { createMac } from '../http/mac.ts';

/** What an id may be the id of; part of the id's derivation. */
export type IntentNoun = 'payment' | 'top_up';

export type IntentIds = {
  /** The id of what this caller asks for with this key: the same one on every instance, always. */
  derive(noun: IntentNoun, callerId: string, key: string): string;
  /**
   * Was this id given to this caller for this noun? No store is asked: the last 32 bits of an id
   * are a check over the others and the caller. A stranger's guess passes once in 2^32.
   */
  proves(id: string, noun: IntentNoun, callerId: string): boolean;
};

const bodyBytes = 12;

/**
 * Ids that prove themselves: uuid version 8 of 90 bits HMAC(noun, caller, key), version and
 * variant, and 32 bits HMAC(noun, caller, the 12 bytes before).
 * @param secretHex WALLET_ID_SECRET; every instance must have the same, for ever
 */
export function createIntentIds(secretHex: string): IntentIds {
  const secret = Buffer.from(secretHex, 'hex');
  const bodyMac = createMac(deriveKey(secret, 'intent id body'));
  const checkMac = createMac(deriveKey(secret, 'intent id check'));

  const checkOf = (noun: IntentNoun, callerId: string, body: Buffer): Buffer =>
    checkMac(`${noun}|${callerId}|${body.toString('hex', 0, bodyBytes)}`).subarray(0, 4);

  return {
    derive(noun, callerId, key) {
      const id = Buffer.allocUnsafe(16);
      bodyMac(`${noun}|${callerId}|${key}`).copy(id);
      id[6] = ((id[6] ?? 0) & 0x0f) | 0x80;
      id[8] = ((id[8] ?? 0) & 0x3f) | 0x80;
      checkOf(noun, callerId, id).copy(id, bodyBytes);
      return uuidText(id.toString('hex'));
    },
    proves(id, noun, callerId) {
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
      if (bytes.length !== 16) return false;
      const check = checkOf(noun, callerId, bytes);
      return timingSafeEqual(bytes.subarray(bodyBytes), check);
    },
  };
}

/** A key of its own for each purpose, so that one secret may serve them all. */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}

function uuidText(hex: string): string {
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20),
  ].join('-');
}
