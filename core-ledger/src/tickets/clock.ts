import { afterServiceMs, serviceMsBetween } from './service-hours.ts';
import type { ServiceHours } from './service-hours.ts';

/** What customers are promised: an answer, news while they wait, an end. */
export const ticketClocks = ['first_response', 'update', 'resolution'] as const;

export type TicketClockName = (typeof ticketClocks)[number];

/** A clock that counts service time alone. Moments are milliseconds since 1970. */
export type TicketClock = {
  /** Service time, in milliseconds, until it was last stopped. */
  readonly spentMs: number;
  /** Null while it stands: paused, done, or never begun. */
  readonly runningSinceMs: number | null;
  /** When its time is over if it goes on running; null while it stands, and after a breach. */
  readonly dueAtMs: number | null;
  /** When its time was over. */
  readonly breachedAtMs: number | null;
};

export const unwoundClock: TicketClock = {
  ...{ spentMs: 0, runningSinceMs: null, dueAtMs: null, breachedAtMs: null },
};

/** Goes on from where it stood. `targetMs` is the service time it has in all. */
export function runClock(
  clock: TicketClock,
  atMs: number,
  targetMs: number,
  hours: ServiceHours,
): TicketClock {
  if (clock.runningSinceMs !== null) return clock;
  const isBreached = clock.breachedAtMs !== null;
  const dueAtMs = isBreached ? null : afterServiceMs(atMs, targetMs - clock.spentMs, hours);
  return { ...clock, runningSinceMs: atMs, dueAtMs };
}

export function stopClock(clock: TicketClock, atMs: number, hours: ServiceHours): TicketClock {
  if (clock.runningSinceMs === null) return clock;
  const spentMs = clock.spentMs + serviceMsBetween(clock.runningSinceMs, atMs, hours);
  return { ...clock, spentMs, runningSinceMs: null, dueAtMs: null };
}

/** Its time is over: it goes on counting what is too much. */
export function breachClock(clock: TicketClock): TicketClock {
  return { ...clock, dueAtMs: null, breachedAtMs: clock.dueAtMs };
}
