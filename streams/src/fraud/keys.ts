import { createHash } from 'node:crypto';

/**
 * Names of the velocity keys: `<prefix>velocity:{<tag>}:<layout>:<entity>:<id>`. The tag in braces
 * decides the slot of a Redis Cluster, so that a batch is at most `tagCount` calls.
 */
export const tagCount = 16;

/** Ids come from clients (devices, addresses): longer ones are replaced by their digest. */
const maxIdLength = 80;

/** Of what stands under the keys. Another number leaves all counters behind, like another tag. */
const layout = 3;

/** Changing it orphans every counter: they would have to be rebuilt from the log. */
export function tagOf(entity: string, id: string): number {
  return hash32(id, hash32(entity)) % tagCount;
}

export function velocityKey(prefix: string, tag: number, entity: string, id: string): string {
  const short = id.length <= maxIdLength ? id : createHash('sha256').update(id).digest('base64url');
  return `${prefix}velocity:{${tag}}:${layout}:${entity}:${short}`;
}

const fnvOffset = 2_166_136_261;
const fnvPrime = 16_777_619;

/** FNV-1a over UTF-16 units, as an unsigned 32-bit number. Not for secrets. */
export function hash32(text: string, seed = fnvOffset): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(at), fnvPrime);
  }
  return hash >>> 0;
}
