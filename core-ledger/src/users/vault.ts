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
  /** The same under every master key of now: what to look for while the key changes. */
  macsOf(email: string): Buffer[];
  seal(subjectId: string, person: Person): SealedPerson;
  /** Throws when a row is not what `seal` made for this very subject under a master key of now. */
  open(subjectId: string, row: SealedPerson): Person;
  /** What changes of a row with the master key; null when it is under the present one already. */
  renew(subjectId: string, row: SealedPerson): { wrappedKey: Buffer; emailMac: Buffer } | null;
};

/**
 * @param masterKeyHex WALLET_MASTER_KEY: 32 bytes in hexadecimal
 * @param previousKeyHex the one before it, while there may be rows under it
 */
export function createVault(masterKeyHex: string, previousKeyHex?: string): Vault {
  const wrapping = createMasterSeal('data key of a person', masterKeyHex, previousKeyHex);
  const macKeys = [masterKeyHex, ...(previousKeyHex === undefined ? [] : [previousKeyHex])].map(
    (key) => deriveMasterKey(key, 'address of a person'),
  );
  const macsOf = (email: string): Buffer[] =>
    macKeys.map((key) => createHmac('sha256', key).update(email.toLowerCase()).digest());
  const macOf = (email: string): Buffer => macsOf(email)[0] ?? Buffer.alloc(0);
  const open = (subjectId: string, { wrappedKey, sealed }: SealedPerson): Person => {
    const dataKey = wrapping.open(wrappedKey, `key of ${subjectId}`);
    return JSON.parse(decrypt(dataKey, sealed, `person ${subjectId}`).toString()) as Person;
  };
  return {
    macOf,
    macsOf,
    open,
    seal(subjectId, person) {
      const dataKey = randomBytes(keyBytes);
      return {
        wrappedKey: wrapping.seal(dataKey, `key of ${subjectId}`),
        sealed: encrypt(dataKey, Buffer.from(JSON.stringify(person)), `person ${subjectId}`),
      };
    },
    renew(subjectId, row) {
      const wrappedKey = wrapping.renew(row.wrappedKey, `key of ${subjectId}`);
      if (wrappedKey === null) return null;
      return { wrappedKey, emailMac: macOf(open(subjectId, row).email) };
    },
  };
}

/** Seals what only the holder of the master key may read. */
export type MasterSeal = {
  seal(plain: Buffer, place: string): Buffer;
  /** Throws when it was not sealed for this place under a master key of now. */
  open(sealed: Buffer, place: string): Buffer;
  /** The same under the present key; null when it is under it already. */
  renew(sealed: Buffer, place: string): Buffer | null;
};

/** For one purpose; see `createVault` for the keys. */
export function createMasterSeal(
  purpose: string,
  masterKeyHex: string,
  previousKeyHex?: string,
): MasterSeal {
  const present = deriveMasterKey(masterKeyHex, purpose);
  const previous = previousKeyHex === undefined ? null : deriveMasterKey(previousKeyHex, purpose);
  const openPresent = (sealed: Buffer, place: string): Buffer | null => {
    try {
      return decrypt(present, sealed, place);
    } catch (error) {
      if (previous === null) throw error;
      return null; // the one before may open it
    }
  };
  const open = (sealed: Buffer, place: string): Buffer =>
    openPresent(sealed, place) ?? decrypt(previous ?? present, sealed, place);
  return {
    seal: (plain, place) => encrypt(present, plain, place),
    open,
    renew(sealed, place) {
      if (openPresent(sealed, place) !== null) return null;
      return encrypt(present, open(sealed, place), place);
    },
  };
}

/** A key for one purpose, so that one master key may serve several. */
function deriveMasterKey(masterKeyHex: string, purpose: string): Buffer {
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
function encrypt(key: Buffer, plain: Buffer, place: string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv(cipherName, key, nonce).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Throws when key, place or a single bit is another one. */
function decrypt(key: Buffer, bytes: Buffer, place: string): Buffer {
  const decipher = createDecipheriv(cipherName, key, bytes.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(-tagBytes));
  return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]);
}
