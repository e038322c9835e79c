import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** What is known of someone beyond an id. */
export type Person = { email: string; name: string };

/** A person as the database keeps it. */
export type SealedPerson = { wrappedKey: Buffer; sealed: Buffer };

/**
 * Envelope encryption of personal data: each subject has a data key, which the master key wraps.
 * Without the data key nobody reads the rest, the holder of the master key included.
 */
export type Vault = {
  /** Under which an address, in any case of letters, is found; says nothing without the key. */
  macOf(email: string): Buffer;
  seal(subjectId: string, person: Person): SealedPerson;
  /** Throws when a row is not what `seal` made for this very subject under this master key. */
  open(subjectId: string, row: SealedPerson): Person;
};

/** @param masterKeyHex WALLET_MASTER_KEY: 32 bytes in hexadecimal */
export function createVault(masterKeyHex: string): Vault {
  const macKey = deriveMasterKey(masterKeyHex, 'address of a person');
  const wrappingKey = deriveMasterKey(masterKeyHex, 'data key of a person');
  return {
    macOf: (email) => createHmac('sha256', macKey).update(email.toLowerCase()).digest(),
    seal(subjectId, person) {
      const dataKey = randomBytes(keyBytes);
      return {
        wrappedKey: encrypt(wrappingKey, dataKey, `key of ${subjectId}`),
        sealed: encrypt(dataKey, Buffer.from(JSON.stringify(person)), `person ${subjectId}`),
      };
    },
    open(subjectId, { wrappedKey, sealed }) {
      const dataKey = decrypt(wrappingKey, wrappedKey, `key of ${subjectId}`);
      return JSON.parse(decrypt(dataKey, sealed, `person ${subjectId}`).toString()) as Person;
    },
  };
}

/** A key for one purpose, so that one master key may serve several. */
export function deriveMasterKey(masterKeyHex: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', Buffer.from(masterKeyHex, 'hex'), '', purpose, keyBytes));
}

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const cipherName = 'aes-256-gcm';

/**
 * AES-256-GCM: nonce, ciphertext, tag.
 * @param place bound to the result, which opens in this place alone
 */
export function encrypt(key: Buffer, plain: Buffer, place: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when key, place or a single bit is another one. */
export function decrypt(key: Buffer, bytes: Buffer, place: string): Buffer {
  const decipher = createDecipheriv(cipherName, key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
