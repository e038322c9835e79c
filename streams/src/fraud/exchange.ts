import { createHash } from 'node:crypto';
import type { Log, Metrics } from '@wallet/runtime';
import { readAnswers, writeCalls, type Call, type OnAnswer } from './calls.ts';
import type { RedisLink } from './redis-link.ts';
import type { Reply } from './replies.ts';
import { createRequestBuffer } from './requests.ts';

/**
 * Sends script calls and reads their answers. When the server has lost the script (restart, SCRIPT
 * FLUSH, failover) those calls are sent once more behind a load. Resolves when all is said, however
 * late; calls without an answer stay open.
 */
export function createExchange(deps: {
  link: RedisLink;
  script: string;
  onAnswer: OnAnswer;
  log: Log;
  metrics: Metrics;
}): (calls: readonly Call[]) => Promise<void> {
  const { link, script, onAnswer, log, metrics } = deps;
  const digest = createHash('sha1').update(script).digest('hex');
  const buffer = createRequestBuffer();

  function round(calls: readonly Call[], loadFirst: boolean): Promise<Call[]> {
    if (loadFirst) writeLoad();
    writeCalls(calls, digest, buffer);
    const skipped = loadFirst ? 1 : 0;
    const lost: Call[] = [];
    return new Promise((resolve) => {
      link.send(buffer.take(), calls.length + skipped, (reply, index) => {
        const call = calls[index - skipped];
        if (call !== undefined && !take(reply, call) && !loadFirst) lost.push(call);
        if (index === calls.length + skipped - 1) resolve(lost);
      });
    });
  }

  function writeLoad(): void {
    buffer.command(3);
    for (const part of ['SCRIPT', 'LOAD', script]) buffer.text(part);
  }

  /** False only when the script was not there. */
  function take(reply: Reply, call: Call): boolean {
    if (call.state === 'given_up') return true;
    if (reply.kind === 'bytes' && readAnswers(reply.bytes, call, onAnswer)) return true;
    if (reply.kind === 'error' && reply.code === 'NOSCRIPT') return false;
    const closed = reply.kind === 'error' && reply.code === 'CLOSED';
    metrics.inc('wallet_redis_errors_total', { reason: closed ? 'unavailable' : 'error' });
    if (closed) return true;
    const message = reply.kind === 'error' ? reply.message : `unexpected ${reply.kind}`;
    log.error({ message }, 'velocity: Redis refused a call, decisions are degraded');
    // After a failover the old primary refuses writes for good: another connection may not.
    if (message.startsWith('READONLY')) link.drop(message);
    return true;
  }

  return async (calls) => {
    const lost = await round(calls, false);
    if (lost.length > 0) await round(lost, true);
  };
}
