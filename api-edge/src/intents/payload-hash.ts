import { hash } from 'node:crypto';

/**
 * SHA-256 of the canonical form of a validated body: members in the order of their names, absent
 * ones left out, defaults applied. Two spellings of one request have one hash.
 */
export function payloadHash(body: unknown): Buffer {
  return hash('sha256', canonicalJson(body), 'buffer');
}

export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = value as Record<string, unknown>;
  let text = '';
  for (const name of Object.keys(members).sort()) {
    const member = members[name];
    if (member === undefined) continue;
    text += `${text === '' ? '' : ','}${JSON.stringify(name)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}
