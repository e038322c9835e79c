import type { TicketClockName } from './clock.ts';
import { serviceHours } from './service-hours.ts';
import type { ServiceHours } from './service-hours.ts';

/** Who works on tickets; a team takes what is about its things. */
export const ticketTeams = [
  'service',
  'payments',
  'disputes',
  'settlements',
  'operations',
] as const;
export type TicketTeam = (typeof ticketTeams)[number];

export const ticketPriorities = ['normal', 'high', 'urgent'] as const;
export type TicketPriority = (typeof ticketPriorities)[number];

/** What a ticket may be about. */
export const ticketLinkKinds = [
  'payment',
  'refund',
  'dispute',
  'settlement',
  'withdrawal',
  'top_up',
  'ticket',
  'bank_line',
  'suspense',
  'parked',
  'dead_letter',
] as const;
export type TicketLinkKind = (typeof ticketLinkKinds)[number];

/** `id` is an object's id; of dead letters their topic, of suspense the transfer's. */
export type TicketLink = { readonly kind: TicketLinkKind; readonly id: string };

/** What the house promises and bounds. */
export type TicketPolicy = {
  readonly hours: ServiceHours;
  /** Service time, in milliseconds, that each clock has. */
  readonly targetsMs: Readonly<Record<TicketPriority, Readonly<Record<TicketClockName, number>>>>;
  /** Business days a customer has to answer; then the question counts as settled. */
  readonly answerDays: number;
  /** So long after it was resolved a reply opens it again, in milliseconds; then it is closed. */
  readonly reopenMs: number;
  readonly messages: number;
  readonly links: number;
};

const hourMs = 3_600_000;

export const ticketPolicy: TicketPolicy = {
  hours: serviceHours,
  // A service day has ten hours.
  targetsMs: {
    normal: { first_response: 8 * hourMs, update: 20 * hourMs, resolution: 50 * hourMs },
    high: { first_response: 4 * hourMs, update: 10 * hourMs, resolution: 30 * hourMs },
    urgent: { first_response: hourMs, update: 4 * hourMs, resolution: 10 * hourMs },
  },
  answerDays: 5,
  reopenMs: 14 * 24 * hourMs,
  messages: 500,
  links: 50,
};

const teamOfLink: Readonly<Record<TicketLinkKind, TicketTeam>> = {
  ...{ payment: 'payments', refund: 'payments', withdrawal: 'payments', top_up: 'payments' },
  ...{ dispute: 'disputes', settlement: 'settlements', bank_line: 'settlements' },
  ticket: 'service',
  ...{ suspense: 'operations', parked: 'operations', dead_letter: 'operations' },
};

/** The team that a new ticket goes to: that of the first thing it is about. */
export function teamFor([first]: readonly TicketLink[]): TicketTeam {
  return first === undefined ? 'service' : teamOfLink[first.kind];
}
