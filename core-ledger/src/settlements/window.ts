/** A window: what has its place in it is settled together when it has closed. */
export type SettlementWindow = {
  readonly id: string;
  readonly currency: string;
  /** Milliseconds since 1970, all of them. */
  readonly opensAtMs: number;
  readonly closesAtMs: number;
  readonly closedAtMs: number | null;
};

/** Windows close at midnight, UTC. */
const windowMs = 86_400_000;

/** The window that opens at a time. */
export function windowFrom(id: string, currency: string, opensAtMs: number): SettlementWindow {
  const closesAtMs = (Math.floor(opensAtMs / windowMs) + 1) * windowMs;
  return { id, currency, opensAtMs, closesAtMs, closedAtMs: null };
}
