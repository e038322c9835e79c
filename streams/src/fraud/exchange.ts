import { createHash } from 'node:crypto';
import type { Log, Metrics } from '@wallet/runtime';
import { createRequestBuffer, type RedisLink, type Reply } from '@wallet/runtime/redis';
import { divide, readAnswers, writeCall, type Call, type Mode, type OnAnswer } from './calls.ts';
import type { RedisLinks } from './redis-links.ts';

/** A first call to a cluster is divided, then follows its tags to their nodes. */
const mostTries = 3;

/**
 * Sends script calls and reads their answers. When the server has lost the script (restart, SCRIPT
 * FLUSH, failover) those calls are sent once more behind a load; when their tag lives on another
 * node of a cluster, there; when it turns out to be a cluster, by tag. Resolves when all is said,
 * however late; calls without an answer stay open.
 */
export function createExchange(deps: {
  links: RedisLinks;
  script: string;
  onAnswer: OnAnswer;
  log: Log;
  metrics: Metrics;
}): (calls: readonly Call[], mode: Mode) => Promise<void> {
  const { links, script, onAnswer } = deps;
  const complain = createComplaint(deps);
  const digest = createHash('sha1').update(script).digest('hex');
  const buffer = createRequestBuffer();

  /** Resolves with the calls that are to be sent again. */
  function send(link: RedisLink, calls: readonly Call[], mode: Mode, loads: boolean) {
    if (loads) writeLoad();
    for (const call of calls) writeCall(call, digest, mode, buffer);
    const skipped = loads ? 1 : 0;
    const again: Call[] = [];
    return new Promise<Call[]>((resolve) => {
      link.send(buffer.take(), calls.length + skipped, (reply, index) => {
        const call = calls[index - skipped];
        if (call !== undefined) again.push(...take(reply, call, link));
        if (index === calls.length + skipped - 1) resolve(again);
      });
    });
  }

  async function round(calls: readonly Call[], mode: Mode, loads: boolean): Promise<Call[]> {
    const byLink = new Map<RedisLink, Call[]>();
    for (const call of calls) {
      const link = links.of(call.tag);
      if (link === null) take(away, call, null);
      else byLink.set(link, [...(byLink.get(link) ?? []), call]);
    }
    const sent = [...byLink].map(([link, own]) => send(link, own, mode, loads));
    return (await Promise.all(sent)).flat();
  }

  function writeLoad(): void {
    buffer.command(3);
    for (const part of ['SCRIPT', 'LOAD', script]) buffer.text(part);
  }

  /** Returns the calls that are to be sent again. */
  function take(reply: Reply, call: Call, link: RedisLink | null): readonly Call[] {
    if (call.state === 'given_up') return [];
    const unread = reply.kind === 'bytes' ? readAnswers(reply.bytes, call, onAnswer) : null;
    if (unread === 0) return [];
    const code = reply.kind === 'error' ? reply.code : '';
    if (code === 'NOSCRIPT') return [call];
    if (code === 'MOVED') {
      links.moved(call.tag, told(reply).split(' ')[2] ?? '');
      return [call];
    }
    if (code === 'CROSSSLOT') {
      links.keepTagsApart();
      return divide(call);
    }
    complain(reply, unread, link);
    return [];
  }

  return async (calls, mode) => {
    // Another node may lack the script as well: it is loaded by the same request.
    for (let open = calls, tries = 0; open.length > 0 && tries < mostTries; tries += 1)
      open = await round(open, mode, tries > 0);
  };
}

/** Counts and logs what a call got instead of its answers. */
function createComplaint({ log, metrics }: { log: Log; metrics: Metrics }) {
  return (reply: Reply, unread: number | null, link: RedisLink | null): void => {
    const closed = reply.kind === 'error' && reply.code === 'CLOSED';
    metrics.inc('wallet_redis_errors_total', { reason: closed ? 'unavailable' : 'error' });
    if (closed) return;
    const message = unread === null ? told(reply) : `${unread} keys hold something else`;
    log.error({ message }, 'velocity: Redis refused a call, decisions are degraded');
    // After a failover the old primary refuses writes for good: another connection may not.
    if (message.startsWith('READONLY')) link?.drop(message);
  };
}

const told = (reply: Reply): string =>
  reply.kind === 'error' ? reply.message : `unexpected ${reply.kind}`;

const away: Reply = { kind: 'error', code: 'CLOSED', message: 'the node of this tag is away' };
