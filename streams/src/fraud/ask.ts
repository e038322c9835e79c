import { createRequestBuffer, type RedisLink, type Reply } from '@wallet/runtime/redis';
import type { RedisLinks } from './redis-links.ts';

/** Sends one command to the node of a tag; follows one MOVED. Never throws: see the reply. */
export async function ask(
  links: RedisLinks,
  tag: number,
  parts: readonly string[],
): Promise<Reply> {
  const first = await askLink(links.of(tag), parts);
  if (first.kind !== 'error' || first.code !== 'MOVED') return first;
  links.moved(tag, first.message.split(' ')[2] ?? '');
  return askLink(links.of(tag), parts);
}

export function askLink(
  link: Pick<RedisLink, 'send'> | null,
  parts: readonly string[],
): Promise<Reply> {
  if (link === null)
    return Promise.resolve({ kind: 'error', code: 'CLOSED', message: 'its node is away' });
  const buffer = createRequestBuffer();
  buffer.command(parts.length);
  for (const part of parts) buffer.text(part);
  return new Promise((resolve) => link.send(buffer.take(), 1, resolve));
}
