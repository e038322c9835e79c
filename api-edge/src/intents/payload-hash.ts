import { hash } from 'node:crypto';

/**
 * SHA-256 of the canonical form of a validated body: members in the order of their names, absent
 * ones left out, defaults applied. Two spellings of one request have one hash.
 */
export function payloadHash(body: unknown): Buffer {
  // A buffer from the hash itself costs twice as much as its digits and their bytes.
  return Buffer.from(hash('sha256', canonicalJson(body), 'hex'), 'hex');
}

export function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = value as Record<string, unknown>;
  let text = '';
  for (const name of sorted(Object.keys(members))) {
    const member = members[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${quoted(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** More names than a request of ours has: from here on a real sort is faster. */
const fewNames = 32;

/** By insertion, in place: a sort of the engine's copies even the shortest list twice. */
function sorted(names: string[]): string[] {
  if (names.length > fewNames) return names.sort();
  for (let end = 1; end < names.length; end += 1) {
    const name = names[end] ?? '';
    let at = end;
    for (; at > 0 && (names[at - 1] ?? '') > name; at -= 1) names[at] = names[at - 1] ?? '';
    names[at] = name;
  }
  return names;
}

/** Printable ASCII without a quote or a backslash, as almost every text: nothing to escape. */
const plain = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}
