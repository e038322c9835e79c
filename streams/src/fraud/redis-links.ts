import type { Log } from '@wallet/runtime';
import { createRedisLink, type RedisLink } from '@wallet/runtime/redis';

/**
 * The links to all nodes that have answered so far: one for a single server, one for each master of
 * a cluster. That it is one, and where a tag lives, is learned from its own refusals (CROSSSLOT,
 * MOVED), so that nothing is to be configured, and a failover is followed by the next batch.
 */
export type RedisLinks = Pick<RedisLink, 'ready' | 'becomesReady' | 'downForMs' | 'close'> & {
  /** Where to send calls of this tag; null when its node has been away for a while. */
  of(tag: number): RedisLink | null;
  /** A server said that the tag lives at `address` (`host:port`; without a host: its own). */
  moved(tag: number, address: string): void;
  /** A server said that tags must not share a call: it is a node of a cluster. */
  keepTagsApart(): void;
  /** Whether that was said. */
  tagsApart(): boolean;
  /** Gives up every socket that something still waits on. */
  dropOverdue(reason: string): void;
};

/** Until a link is up again its calls may wait for it; later they are lost at once. */
const patienceMs = 250;

export function createRedisLinks(options: {
  url: string;
  prepare: readonly (readonly string[])[];
  log: Log;
}): RedisLinks {
  const named = { ...options, asker: { name: 'velocity', without: 'decisions are degraded' } };
  const first = createRedisLink(named);
  const seed = new URL(options.url);
  const byAddress = new Map<string, RedisLink>([[addressOf(seed), first]]);
  const routes = new Map<number, RedisLink>();
  const all = (): RedisLink[] => [...byAddress.values()];
  let apart = false;

  function at(address: string): RedisLink {
    const known = byAddress.get(address);
    if (known !== undefined) return known;
    const url = new URL(options.url);
    url.host = address;
    const link = createRedisLink({ ...named, url: url.href });
    byAddress.set(address, link);
    return link;
  }

  return {
    ready: () => all().some((link) => link.ready()),
    becomesReady: (waitMs) => first.becomesReady(waitMs),
    downForMs: () => Math.min(...all().map((link) => link.downForMs())),
    of(tag) {
      const link = routes.get(tag) ?? first;
      if (link.ready() || link.downForMs() <= patienceMs) return link;
      // Whoever answers knows where the tag lives now.
      routes.delete(tag);
      return all().find((candidate) => candidate.ready()) ?? null;
    },
    moved(tag, address) {
      routes.set(tag, at(address.startsWith(':') ? `${seed.hostname}${address}` : address));
    },
    keepTagsApart() {
      apart = true;
    },
    tagsApart: () => apart,
    dropOverdue(reason) {
      for (const link of all()) if (link.busy()) link.drop(reason);
    },
    close() {
      for (const link of all()) link.close();
    },
  };
}

function addressOf(url: URL): string {
  return `${url.hostname}:${url.port === '' ? '6379' : url.port}`;
}
