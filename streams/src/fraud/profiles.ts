import { featureIndex } from '@wallet/core-ledger';
import type { Log } from '@wallet/runtime';
import type { Counted } from './counted.ts';
import { inTime } from './turn.ts';
import type { Velocity } from './velocity.ts';

/** What rules ask of the users themselves; it never changes, so it is asked once. */
export type Profiles = {
  /**
   * Fills the account ages of payer and payee. Never throws: what did not come in time stays NaN
   * and makes its item incomplete. A user who has no account stays NaN as well: that is an answer.
   */
  fill(items: readonly Counted[], deadlineMs: number): Promise<void>;
};

const ages = [
  { index: featureIndex('payer.account_age_seconds'), idOf: (of: Counted) => of.payment.payer_id },
  { index: featureIndex('payee.account_age_seconds'), idOf: (of: Counted) => of.payment.payee_id },
];
/** At least this many users are remembered, at most twice as many: some 100 bytes each. */
const generationSize = 50_000;

/** A velocity store that knows the users as well, when the plan asks. */
export function withProfiles(velocity: Velocity, profiles: Profiles): Velocity {
  const both =
    (fetch: Velocity['count']): Velocity['count'] =>
    async (items, plan, deadlineMs) => {
      const asks = plan.some(({ readsProfile }) => readsProfile);
      const filled = asks ? profiles.fill(items, deadlineMs) : undefined;
      await fetch(items, plan, deadlineMs);
      await filled;
    };
  return { ...velocity, count: both(velocity.count), peek: both(velocity.peek) };
}

/** @param deps.load since when users have an account, milliseconds since 1970 */
export function createProfiles(deps: {
  load: (userIds: readonly string[]) => Promise<ReadonlyMap<string, number>>;
  log: Log;
}): Profiles {
  let recent = new Map<string, number>();
  let former = new Map<string, number>();

  function find(id: string): number | undefined {
    return recent.get(id) ?? former.get(id);
  }

  async function load(ids: readonly string[]): Promise<void> {
    try {
      const found = await deps.load(ids);
      if (recent.size >= generationSize) [former, recent] = [recent, new Map<string, number>()];
      for (const id of ids) recent.set(id, found.get(id) ?? NaN);
    } catch (err) {
      deps.log.warn({ err }, 'accounts could not be read, decisions are degraded');
    }
  }

  return {
    async fill(items, deadlineMs) {
      const ids = new Set(items.flatMap((item) => ages.map(({ idOf }) => idOf(item))));
      const missing = [...ids].filter((id) => find(id) === undefined);
      if (missing.length > 0) await inTime(load(missing), deadlineMs);
      for (const item of items) {
        for (const { index, idOf } of ages) {
          const since = find(idOf(item));
          if (since === undefined) item.complete = false;
          else item.features[index] = Math.max(0, Math.floor((item.atMs - since) / 1_000));
        }
      }
    },
  };
}
