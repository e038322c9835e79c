import type { World } from './world.ts';

/** What one fault is, and which alert must tell of it. */
export type Fault = {
  /** Names it on the command line and in the record; unique. */
  name: string;
  /** For the page: what is done, as one would tell it. */
  does: string;
  /** The alert that must fire. */
  alert: string;
  /** How long it stays at least: symptoms need time to show, and must stay hushed. */
  leastSeconds?: number;
  /** Harms the running system. @returns what heals it */
  inject(world: World): Promise<Heal>;
};

export type Heal = () => Promise<void>;

/** What became of one fault; seconds since the fault, and since its healing for `resolved`. */
export type Seen = {
  fault: string;
  alert: string;
  severity: string;
  /** The alert fired in Prometheus. */
  firedSeconds: number | null;
  /** Alertmanager told its receiver. */
  toldSeconds: number | null;
  resolvedSeconds: number | null;
  /** Pages besides that somebody was woken by. */
  pages: readonly string[];
  /** Alerts that fired too and that Alertmanager kept for itself. */
  hushed: readonly string[];
  /** Tickets besides. */
  tickets: readonly string[];
  /** The day it was seen. */
  on: string;
};

/** From the fault to its alert. */
export const toldWithinSeconds = 120;
