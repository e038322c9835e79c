import { isTerminal, type ShownStatus } from '@wallet/core-ledger';
import { monotonicMs } from '@wallet/runtime';
import type { z } from 'zod';
import { shownHistoryRow } from '../history/history.ts';
import { isRefusal, type Answer, type Call } from '../http/call.ts';
import type { Gatekeeper, Route } from '../http/route.ts';
import type { StreamPlaces } from '../http/streams.ts';
import type { Waiter, Waiters } from '../intents/waiters.ts';
import type { Payment } from './payment.ts';
import {
  paymentParams,
  read,
  tellDecided,
  tellPayment,
  type PaymentReadDependencies,
  type Told,
} from './reads.ts';

export type PaymentEventDependencies = PaymentReadDependencies & {
  gatekeeper: Gatekeeper;
  waiters: Waiters;
  streams: StreamPlaces;
  /** How long a stream lasts at most, in milliseconds. */
  streamMs: number;
};

/** The `data` of an event: the change, and the payment as it is when it is told. */
type PaymentEvent = ReturnType<typeof shownHistoryRow> & {
  object: 'payment_event';
  type: string;
  payment_id: string;
  status: string;
  payment: Payment;
};

/** How soon a client that lost its stream comes back. */
const retryMs = 1_000;
/** Shorter than what middle boxes allow a silent connection. */
const heartbeatMs = 15_000;

/** What happens to a payment, told as it happens. */
export function paymentEventRoutes(route: Route, dependencies: PaymentEventDependencies): void {
  route({
    ...read,
    method: 'get',
    path: '/payments/{id}/events',
    summary: 'Hear of a payment until it is final',
    description:
      'Server-sent events. The first is the present state; each change follows, and after the ' +
      'final one the stream ends. `id` is its place in the history; `data` is JSON: a row of the ' +
      'history with `object` (`payment_event`), `type` (`payment.captured`), `payment_id`, ' +
      '`status` and the whole `payment`. Who comes back with `Last-Event-ID` hears of all that ' +
      'changed since, or 204 when there will be nothing. A stream ends with its access ' +
      'token, or after some ' +
      'minutes: come back.',
    params: paymentParams,
    responses: {
      200: { description: 'The stream.', texts: ['text/event-stream'] },
      204: { description: 'The last event that the client has heard was final.' },
    },
    errors: ['state_unavailable', 'too_many_streams'],
    handler: (call) => openStream(dependencies, call),
  });
}

type EventCall = Call<undefined, unknown, z.output<typeof paymentParams>>;

async function openStream(
  dependencies: PaymentEventDependencies,
  call: EventCall,
): Promise<Answer> {
  const place = dependencies.streams.take(call.caller.userId);
  if (isRefusal(place)) return place;
  // Before the first look, so that nothing that happens after it is missed.
  const waiter = dependencies.waiters.open(call.params.id.toLowerCase());
  const end = (): void => {
    waiter.close();
    place.leave();
  };
  try {
    const told = await tellPayment(dependencies, call.caller, call.params.id);
    const position = isRefusal(told) ? 0 : positionOf(call.lastEventId, told);
    if (isRefusal(told) || (isFinal(told) && position === told.rows.length)) {
      end();
      return isRefusal(told) ? told : { status: 204 };
    }
    call.leavePlace();
    return {
      status: 200,
      headers: { 'Content-Type': 'text/event-stream; charset=utf-8', 'X-Accel-Buffering': 'no' },
      stream(gone) {
        gone.addEventListener('abort', end);
        if (gone.aborted) end();
        return tell(dependencies, call, { told, position, waiter, gone });
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

/** How many rows of the history the client has heard of; a new one all but the present state. */
function positionOf(lastEventId: string | null, { rows }: Told): number {
  const heard = /^\d{1,9}$/.test(lastEventId ?? '') ? Number(lastEventId) : -1;
  return heard >= 0 && heard <= rows.length ? heard : rows.length - 1;
}

function isFinal({ rows }: Told): boolean {
  const last = rows.at(-1);
  return last !== undefined && isTerminal(last.to as ShownStatus);
}

async function* tell(
  dependencies: PaymentEventDependencies,
  { caller }: EventCall,
  from: { told: Told; position: number; waiter: Waiter; gone: AbortSignal },
): AsyncGenerator<string> {
  const { gatekeeper, streamMs } = dependencies;
  const { waiter, gone } = from;
  const endMs = monotonicMs() + Math.min(streamMs, caller.tokenExpiresAtMs - Date.now());
  let { told, position } = from;
  yield `retry: ${retryMs}\n\n`;
  for (;;) {
    for (; position < told.rows.length; position += 1) yield eventOf(told, position);
    if (isFinal(told)) return;
    const leftMs = endMs - monotonicMs();
    const isNews = await waiter.next(Math.min(heartbeatMs, leftMs));
    if (gone.aborted || waiter.isOver() || monotonicMs() >= endMs) return;
    if (await gatekeeper.sessionEnded(caller)) return;
    if (!isNews) yield ': still here\n\n';
    // Without news too: an event may be missed while this instance's subscription is joining.
    told = (await tellDecided(dependencies, told.payment.id)) ?? told;
  }
}

function eventOf({ payment, rows }: Told, position: number): string {
  const row = rows[position];
  if (row === undefined) return '';
  const event: PaymentEvent = {
    ...{ object: 'payment_event', type: `payment.${row.to}`, payment_id: payment.id },
    ...{ status: row.to, ...shownHistoryRow(row), payment },
  };
  return `id: ${position + 1}\ndata: ${JSON.stringify(event)}\n\n`;
}
