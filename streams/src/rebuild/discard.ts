import type { RedisLink } from '@wallet/runtime/redis';
import { ask, askLink } from '../fraud/ask.ts';
import { generationPrefix } from '../fraud/generations.ts';
import { tagCount } from '../fraud/keys.ts';
import type { RedisLinks } from '../fraud/redis-links.ts';

/** Answers the next cursor and some keys, a line each. ARGV: cursor, pattern. */
const scan = `local found = redis.call('SCAN', ARGV[1], 'MATCH', ARGV[2], 'COUNT', 1000)
return found[1] .. '\\n' .. table.concat(found[2], '\\n')`;

/**
 * Removes every key of a generation that nothing reads any more; others would expire after 33 days.
 * Returns how many keys are gone.
 */
export async function discardGeneration(
  links: RedisLinks,
  keyPrefix: string,
  generation: string,
): Promise<number> {
  const nodes = new Set<RedisLink>();
  for (let tag = 0; tag < tagCount; tag += 1) {
    // Learns where the tag lives.
    await ask(links, tag, ['EXISTS', `velocity:{${tag}}`]);
    const node = links.of(tag);
    if (node !== null) nodes.add(node);
  }
  const literal = generationPrefix(keyPrefix, generation).replace(/[*?[\]\\^-]/g, '\\$&');
  let gone = 0;
  for (const node of nodes) gone += await discardAt(node, `${literal}velocity:{*`);
  return gone;
}

async function discardAt(node: RedisLink, pattern: string): Promise<number> {
  let cursor = '0';
  let gone = 0;
  do {
    const reply = await askLink(node, ['EVAL', scan, '0', cursor, pattern]);
    if (reply.kind !== 'bytes') break;
    const [next = '0', ...keys] = reply.bytes.toString().split('\n');
    const removed = await Promise.all(
      keys.filter((key) => key !== '').map((key) => askLink(node, ['UNLINK', key])),
    );
    gone += removed.filter((one) => one.kind === 'text' && one.text === '1').length;
    cursor = next;
  } while (cursor !== '0');
  return gone;
}
