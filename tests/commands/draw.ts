import type { Person } from '../support/api.ts';
import type { Cast } from './cast.ts';
import type { Command } from './known.ts';

/** What chance says about one command; each 0 ≤ x < 1. */
export type Draw = {
  readonly who: number;
  readonly target: number;
  readonly share: number;
  readonly twist: number;
};

/** Null when nothing is known that it could be about. */
export type Maker = (draw: Draw) => Command | null | Promise<Command | null>;

/** Now and then somebody tries it who has no business with it. */
const strangersShare = 0.03;

export function pickOf<T>(items: readonly T[], at: number): T {
  const item = items[Math.floor(at * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
}

export function mostly(person: Person, { customers }: Cast, who: number): Person {
  return who < strangersShare ? pickOf(customers, who / strangersShare) : person;
}

/** At least one minor unit. */
export function partOf(amountMinor: number, share: number): number {
  return Math.max(1, Math.floor(amountMinor * share));
}
