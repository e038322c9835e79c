import type { IntentKind } from '@wallet/core-ledger';
import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { createMac } from '../http/mac.ts';

/** What an id may be the id of; part of the id's derivation. */
export type IntentNoun = IntentKind;

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
const checkDigits = 8;

/**
 * Ids that prove themselves: uuid version 8 of 90 bits HMAC(noun, caller, key), version and
 * variant, and 32 bits HMAC(noun, caller, the 12 bytes before).
 * @param secretHex WALLET_ID_SECRET; every instance must have the same, for ever
 */
export function createIntentIds(secretHex: string): IntentIds {
  const secret = Buffer.from(secretHex, 'hex');
  const bodyMac = createMac(deriveKey(secret, 'intent id body'));
  const checkMac = createMac(deriveKey(secret, 'intent id check'));

  /** @param body 24 hexadecimal digits */
  const checkOf = (noun: IntentNoun, callerId: string, body: string): string =>
    checkMac(`${noun}|${callerId}|${body}`).slice(0, checkDigits);

  return {
    derive(noun, callerId, key) {
      const body = uuidBody(bodyMac(`${noun}|${callerId}|${key}`));
      return uuidText(body, checkOf(noun, callerId, body));
    },
    proves(id, noun, callerId) {
      const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
      if (bytes.length !== 16) return false;
      const check = checkOf(noun, callerId, bytes.toString('hex', 0, bodyBytes));
      return timingSafeEqual(bytes.subarray(bodyBytes), Buffer.from(check, 'hex'));
    },
  };
}

/** A key of its own for each purpose, so that one secret may serve them all. */
export function deriveKey(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', purpose, 32));
}

/** The first 24 digits of a uuid of version 8 and the usual variant, made of random ones. */
function uuidBody(digits: string): string {
  const variant = ((Number.parseInt(digits.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${digits.slice(0, 12)}8${digits.slice(13, 16)}${variant}${digits.slice(17, 24)}`;
}

function uuidText(body: string, check: string): string {
  const [first, second, third] = [body.slice(0, 8), body.slice(8, 12), body.slice(12, 16)];
  return `${first}-${second}-${third}-${body.slice(16, 20)}-${body.slice(20)}${check}`;
}
