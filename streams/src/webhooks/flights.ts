import {
  createDeliveryQueue,
  judge,
  settleTries,
  type Answer,
  type ArrivedDelivery,
  type ClaimedDelivery,
  type Connection,
  type Database,
  type EndedTry,
  type ReturnedDelivery,
} from '@wallet/core-ledger';
import {
  beginSpan,
  isSampled,
  monotonicMs,
  type Clock,
  type Log,
  type Span,
} from '@wallet/runtime';
import { createLanes } from './lanes.ts';
import type { Meter } from './meter.ts';
import type { OpenSecrets } from './secrets.ts';
import type { Sender } from './sender.ts';
import type { Sign } from './signing.ts';

/** Deliveries taken on at a time; one costs a connection at most, and a few kilobytes. */
const slots = 1_024;
/** Of them so many to endpoints that fail: those who hang never take what the others need. */
const trialSlots = 64;
/** Longer than a wait in a lane and a try together: 10 s each. */
const leaseMs = 30_000;
/** Deliveries that cannot be signed now wait so long. */
const unsignedMs = 5_000;

export type FlightDependencies = {
  database: Database;
  /**
   * Of this courier alone. `synchronous_commit` may be off: what is lost with the server was
   * claimed or has arrived, and is sent again under its id.
   */
  connection: Connection;
  sender: Sender;
  sign: Sign;
  openSecrets: OpenSecrets;
  meter: Meter;
  log: Log;
  clock: Clock;
};

/** What is under way, and what has landed since the last look. */
export type Flights = {
  /**
   * Writes what has ended and takes on what is due, as far as there is room. What a fault kept
   * from being written is written the next time.
   */
  turn(): Promise<void>;
  /** Begins nothing more; resolves when all that is under way has ended. */
  land(): Promise<unknown>;
  /** Writes what has ended. */
  settle(): Promise<void>;
};

export function createFlights(deps: FlightDependencies, onLanding: () => void): Flights {
  const { database, connection, meter } = deps;
  const queue = createDeliveryQueue();
  const board = createBoard(deps, onLanding);
  const { lanes, ended, returned, held } = board;
  const arrived: ArrivedDelivery[] = [];

  /** What changes endpoints: a transaction of its own, and rare. */
  const settleFailures = async (): Promise<void> => {
    const { arrivals, others } = apart(ended.splice(0));
    arrived.push(...arrivals);
    try {
      meter.gaveUp(await settleTries(database, others));
    } catch (error) {
      ended.unshift(...others);
      throw error;
    }
  };

  const fly = async (free: number): Promise<void> => {
    await settleFailures();
    const [arrivals, given] = [arrived.splice(0), returned.splice(0)];
    const room = { free: lanes.room(), usualFree: lanes.first };
    const trials = trialSlots - [...held].filter(({ isTrial }) => isTrial).length;
    const statements = [
      ...(arrivals.length === 0 ? [] : [queue.arrived(arrivals)]),
      ...(given.length === 0 ? [] : [queue.release(given)]),
      ...(free === 0 ? [] : [queue.claim({ ...room, slots: free, trials, leaseMs })]),
    ];
    let answers: readonly Answer[];
    try {
      answers = await connection.flight(statements);
    } catch (error) {
      arrived.unshift(...arrivals);
      returned.unshift(...given);
      throw error;
    }
    if (free > 0) board.take(queue.claimedOf(answers.at(-1)));
  };

  return {
    turn: () => fly(Math.max(0, slots - held.size)),
    settle: () => fly(0),
    land: board.land,
  };
}

/** What has been taken on, and where it goes when it ends. */
function createBoard(deps: FlightDependencies, onLanding: () => void) {
  const held = new Set<ClaimedDelivery>();
  const underWay = new Set<Promise<unknown>>();
  const ended: EndedTry[] = [];
  const returned: ReturnedDelivery[] = [];

  const leave = (delivery: ClaimedDelivery): void => {
    held.delete(delivery);
    onLanding();
  };
  const lanes = createLanes<ClaimedDelivery>({
    nowMs: monotonicMs,
    giveBack(deliveries) {
      for (const delivery of deliveries) {
        returned.push({ delivery, waitMs: 0 });
        leave(delivery);
      }
    },
    attempt(delivery) {
      const work = tryOnce(deps, delivery).then((tried) => {
        if (tried === null) returned.push({ delivery, waitMs: unsignedMs });
        else ended.push(tried);
        leave(delivery);
        underWay.delete(work);
        return tried?.judgement.outcome === 'delivered';
      });
      underWay.add(work);
      return work;
    },
  });
  return {
    ...{ held, ended, returned, lanes },
    take(deliveries: readonly ClaimedDelivery[]): void {
      for (const delivery of deliveries) held.add(delivery);
      lanes.add(deliveries);
    },
    land: (): Promise<unknown> => {
      lanes.close();
      return Promise.all(underWay);
    },
  };
}

/**
 * Those that arrived at endpoints of which there is nothing else to note, and all others: an
 * endpoint is judged by what ended together.
 */
function apart(tries: readonly EndedTry[]): { arrivals: ArrivedDelivery[]; others: EndedTry[] } {
  const concerned = new Set<string>();
  for (const { delivery, judgement } of tries) {
    const isPlain = judgement.outcome === 'delivered' && delivery.failures === 0;
    if (!isPlain) concerned.add(delivery.endpointId);
  }
  const arrivals: ArrivedDelivery[] = [];
  const others: EndedTry[] = [];
  for (const tried of tries) {
    const { delivery, result } = tried;
    if (result.status === null || concerned.has(delivery.endpointId)) others.push(tried);
    else arrivals.push({ delivery, status: result.status, response: result.response });
  }
  return { arrivals, others };
}

/** Null: it could not be signed, and has not been tried. */
async function tryOnce(
  { sender, sign, openSecrets, meter, log, clock }: FlightDependencies,
  delivery: ClaimedDelivery,
): Promise<EndedTry | null> {
  const { eventId: id, body, url } = delivery;
  let secrets: string[];
  try {
    secrets = await openSecrets(delivery.endpointId, delivery.sealedSecrets);
  } catch (error) {
    log.warn({ err: error, endpoint: delivery.endpointId }, 'a webhook cannot be signed');
    return null;
  }
  const startMs = monotonicMs();
  const span = beginTry(delivery);
  const traceparent = span?.traceparent ?? delivery.traceparent;
  const headers = {
    ...sign({ id, body }, secrets, clock.nowMs()),
    ...{ 'content-type': 'application/json', 'user-agent': 'wallet-webhooks' },
    ...(traceparent === null ? {} : { traceparent }),
  };
  const result = await sender.send(url, headers, body);
  const judgement = judge(delivery, result, Math.random());
  meter.ended(delivery, result, monotonicMs() - startMs, clock.nowMs());
  const { status } = result;
  if (status !== null) span?.set({ 'http.response.status_code': status });
  const failure = status === null ? result.error : `answered ${status}`;
  span?.end(judgement.outcome === 'delivered' ? undefined : failure);
  return { delivery, result, judgement };
}

/** The last step of a trace that is ours: who receives it may go on from there. */
function beginTry({ traceparent, eventId, endpointId, attempts }: ClaimedDelivery): Span | null {
  if (traceparent === null || !isSampled(traceparent)) return null;
  return beginSpan('deliver webhook', {
    ...{ kind: 'client', parent: traceparent },
    attributes: {
      'wallet.event_id': eventId,
      'wallet.webhook_endpoint_id': endpointId,
      'wallet.webhook_try': attempts,
    },
  });
}
