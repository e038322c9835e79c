import {
  annotate,
  Fault,
  type Clock,
  type LabelsOf,
  type Log,
  type Metrics,
} from '@wallet/runtime';
import type { Answer, Call, Reply } from '../http/call.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import type { IntentIds } from './intent-ids.ts';
import type { IntentLog } from './intent-log.ts';
import type { AnyIntent, IntentKind } from './intent-noun.ts';
import { awaitOutcome } from './outcome.ts';
import { payloadHash as hashOf } from './payload-hash.ts';
import { weigh, type ObjectionDependencies } from './objections.ts';
import { findStanding, giveUp, type Standing, type StandingDependencies } from './standing.ts';
import type { Waiter, Waiters } from './waiters.ts';

export type AcceptanceDependencies = StandingDependencies &
  ObjectionDependencies & {
    ids: IntentIds;
    intentLog: IntentLog;
    waiters: Waiters;
    metrics: Metrics;
    clock: Clock;
    log: Log;
  };

/** What this request asks for, still without an id. */
export type Plan<Intent extends AnyIntent, Shown extends { status: string }> = {
  kind: IntentKind<Intent, Shown>;
  intent(given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): NoInfer<Intent>;
  /**
   * What stands against it as far as committed state tells, or what there is already: the answer,
   * unless this was accepted.
   */
  objection?: Answer | null;
};

/**
 * Accepts what a call asks for: 202 once every in-sync replica has the intent, the first answer
 * again for a repeat, 503 when there is no telling.
 */
export type Accept = <Intent extends AnyIntent, Shown extends { status: string }>(
  call: Call<unknown, unknown, unknown>,
  plan: Plan<Intent, Shown>,
) => Promise<Answer>;

type Accepted<Intent extends AnyIntent, Shown extends { status: string }> = {
  call: Call<unknown, unknown, unknown>;
  kind: IntentKind<Intent, Shown>;
  intent: Intent;
};

/**
 * Each key has one effect whatever is lost on the way, because the id is derived from caller,
 * route and key, and the ledger takes an id once. Redis makes repeats cheap and exact; what holds
 * while it is away or has forgotten stands in ops/decisions/0008-idempotency.md.
 */
export function createAccept(dependencies: AcceptanceDependencies): Accept {
  const { ids, clock, intentLog } = dependencies;
  // This instance's own leases: good even while Redis is away.
  const inFlight = new Set<string>();

  return async (call, { kind, intent: intentOf, objection = null }) => {
    const id = ids.derive(kind.noun, call.caller.userId, call.idempotencyKey);
    const payloadHash = hashOf(requestOf(call));
    if (inFlight.has(id)) return refuseHeld(dependencies);
    inFlight.add(id);
    try {
      const readIntent = (bytes: Buffer) => intentLog.decode(kind.topic, bytes);
      const request = { call, id, payloadHash, readIntent };
      const found = await findStanding(dependencies, request);
      const { standing, against } = await weigh(dependencies, { request, objection }, found);
      countStanding(dependencies, standing);
      if (standing.state === 'refused') return standing.refusal;
      if (standing.state === 'accepted') {
        const { intent: bytes, acceptedAtMs } = standing;
        const intent =
          bytes === null ? intentOf({ id, payloadHash, acceptedAtMs }) : await readIntent(bytes);
        inFlight.delete(id);
        return await answerReplay(dependencies, { call, kind, intent });
      }
      if (against !== null) return against;
      const intent = intentOf({ id, payloadHash, acceptedAtMs: clock.nowMs() });
      return await publish(dependencies, { call, kind, intent }, () => inFlight.delete(id));
    } finally {
      inFlight.delete(id);
    }
  };
}

/** What is asked for: of an action its object, which stands in the path, too. */
function requestOf({ params, body }: Call<unknown, unknown, unknown>): unknown {
  return params === undefined ? body : { params, body };
}

/**
 * Whatever its body: who holds the lease may be the one with the wrong body, and is not judged yet.
 * The one who comes again hears what holds.
 */
function refuseHeld({ metrics }: AcceptanceDependencies): Answer {
  metrics.inc('wallet_idempotency_total', { result: 'in_flight' });
  return refuse('idempotency_key_in_use');
}

function countStanding({ metrics }: AcceptanceDependencies, standing: Standing): void {
  const result = resultOf(standing);
  if (result !== null) metrics.inc('wallet_idempotency_total', { result });
}

function resultOf(standing: Standing): LabelsOf<'wallet_idempotency_total'>['result'] | null {
  if (standing.state === 'new') return standing.known ? 'first' : 'unavailable';
  if (standing.state === 'accepted') return 'replayed';
  if (standing.refusal.problem === 'idempotency_key_in_use') return 'in_flight';
  return standing.refusal.problem === 'idempotency_key_reused' ? 'reused' : null;
}

async function publish<Intent extends AnyIntent, Shown extends { status: string }>(
  dependencies: AcceptanceDependencies,
  accepted: Accepted<Intent, Shown>,
  leave: () => void,
): Promise<Answer> {
  const { intentLog, memory, completeness, recent, waiters, metrics } = dependencies;
  const { call, kind, intent } = accepted;
  const id = intent.intent_id;
  // Opened before the intent is out, so that no event can come too early.
  const waiter = call.waitMs > 0 ? waiters.open(id) : null;
  try {
    const sent = await sendIntent(intentLog, accepted);
    if (!sent.ok) return await refuseUnpublished(dependencies, intent, sent.error);
    recent.set(id, sent.value);
    annotate({ 'wallet.intent_id': id });
    metrics.inc('wallet_intents_accepted_total', { kind: kind.noun });
    // Awaited, so that whoever has our answer finds the record on every instance.
    const record = (): Promise<unknown> => memory.accepted(id, sent.value);
    await record().catch(() => completeness.missed(record));
    leave();
    return await answerAccepted(dependencies, accepted, { waiter, replayed: false });
  } finally {
    waiter?.close();
  }
}

type Sent = { ok: true; value: Buffer } | { ok: false; error: unknown };

async function sendIntent<Intent extends AnyIntent, Shown extends { status: string }>(
  intentLog: IntentLog,
  { call, kind, intent }: Accepted<Intent, Shown>,
): Promise<Sent> {
  const headers: Record<string, string> = { 'request-id': call.requestId };
  if (call.ticketId !== null) headers['ticket-id'] = call.ticketId;
  if (call.traceparent !== null) headers.traceparent = call.traceparent;
  try {
    const value = intentLog.encode(kind.topic, intent);
    await intentLog.publish({ topic: kind.topic.name, key: kind.keyOf(intent), value, headers });
    return { ok: true, value };
  } catch (error) {
    return { ok: false, error };
  }
}

type PublishFault = {
  written: 'no' | 'unknown';
  problem: ProblemCode;
  reason: LabelsOf<'wallet_requests_shed_total'>['reason'];
};

/** How publishing can fail: was the intent certainly not written, and what the client hears. */
const publishFaults: Readonly<Record<string, PublishFault>> = {
  overloaded: { written: 'no', problem: 'overloaded', reason: 'queue_full' },
  deadline: { written: 'unknown', problem: 'overloaded', reason: 'deadline' },
  closed: { written: 'no', problem: 'unavailable', reason: 'dependency' },
  log_not_open: { written: 'no', problem: 'unavailable', reason: 'dependency' },
};

async function refuseUnpublished(
  dependencies: AcceptanceDependencies,
  intent: AnyIntent,
  error: unknown,
): Promise<Answer> {
  const fault = error instanceof Fault ? publishFaults[error.code] : undefined;
  const { memory, completeness, metrics } = dependencies;
  const { intent_id: id, payload_hash: payloadHash } = intent;
  if (fault?.written === 'no') await giveUp(dependencies, { id, payloadHash });
  else {
    // Kafka may have it: only the same payload may come again with this key.
    const record = (): Promise<unknown> => memory.unsure(id, payloadHash);
    await record().catch(() => completeness.missed(record));
  }
  if (fault === undefined) throw error;
  metrics.inc('wallet_requests_shed_total', { reason: fault.reason });
  return refuse(fault.problem);
}

async function answerReplay<Intent extends AnyIntent, Shown extends { status: string }>(
  dependencies: AcceptanceDependencies,
  accepted: Accepted<Intent, Shown>,
): Promise<Reply> {
  const { call, intent } = accepted;
  const waiter = call.waitMs > 0 ? dependencies.waiters.open(intent.intent_id) : null;
  try {
    return await answerAccepted(dependencies, accepted, { waiter, replayed: true });
  } finally {
    waiter?.close();
  }
}

/** At once unless the client waits: most do not, and a promise for each is what they would pay. */
function answerAccepted<Intent extends AnyIntent, Shown extends { status: string }>(
  { log }: AcceptanceDependencies,
  { call, kind, intent }: Accepted<Intent, Shown>,
  how: { waiter: Waiter | null; replayed: boolean },
): Reply | Promise<Reply> {
  const { waiter, replayed } = how;
  const headers: Record<string, string> = { Location: `${kind.path}/${intent.intent_id}` };
  if (replayed) headers['Idempotency-Replayed'] = 'true';
  if (waiter === null) return { status: 202, body: kind.first(intent), headers };
  headers['Preference-Applied'] = `wait=${call.waitMs / 1_000}`;
  call.leavePlace();
  const { waitMs } = call;
  const options = { waiter, waitMs, readFirst: replayed, log };
  return awaitOutcome(kind, intent.intent_id, options).then((shown) =>
    shown === null
      ? { status: 202, body: kind.first(intent), headers }
      : { status: 200, body: shown, headers },
  );
}
