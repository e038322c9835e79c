import type { MerchantSettings } from '../merchants/settings.ts';
import { itemOf } from './batch.ts';
import type { Movement, SettlementItem } from './batch.ts';
import type { Cuts } from './settlement.ts';

/** A movement with the versions of its entries, each null where it has none; order of `Cuts`. */
export type VersionedMovement = Movement & {
  readonly versions: readonly [bigint | null, bigint | null, bigint | null, bigint | null];
};

/** Where a merchant stands: what was carried over, and what waits for a batch. */
export type Standing = {
  readonly walletId: string;
  readonly settings: MerchantSettings;
  readonly carriedMinor: bigint;
  readonly cuts: Cuts;
  /** The highest cuts there may be now: what is behind has not cleared. */
  readonly tops: Cuts;
  /** Sum of the versions of the merchant's accounts when all was last taken into a batch. */
  readonly seenVersion: bigint;
  /** Has cleared, is in no batch; the oldest first. Null: not asked for. */
  readonly movements: readonly VersionedMovement[] | null;
  /** More may wait than `movements` has: the next batch must look from here again. */
  readonly isPartial: boolean;
};

/** The items of a batch: all that waits, or what concerns one payment. */
export function itemsOf(standing: Standing, paymentId: string | null): SettlementItem[] {
  return taken(standing, paymentId).map(itemOf);
}

function taken({ movements }: Standing, paymentId: string | null): readonly VersionedMovement[] {
  const all = movements ?? [];
  return paymentId === null ? all : all.filter((movement) => movement.paymentId === paymentId);
}

/** The standing behind a batch of those items. */
export function standingBehind(
  standing: Standing,
  paymentId: string | null,
  carriedMinor: bigint,
): Standing {
  const gone = new Set(taken(standing, paymentId));
  const movements = (standing.movements ?? []).filter((movement) => !gone.has(movement));
  const cutAt = (place: 0 | 1 | 2 | 3): bigint => {
    if (standing.isPartial) return standing.cuts[place];
    let cut = standing.tops[place];
    for (const { versions } of movements) {
      const version = versions[place];
      if (version !== null && version <= cut) cut = version - 1n;
    }
    return cut;
  };
  return { ...standing, carriedMinor, movements, cuts: [cutAt(0), cutAt(1), cutAt(2), cutAt(3)] };
}

/** The standing when the items of an aborted batch wait again. */
export function standingBefore(
  standing: Standing,
  aborted: { cuts: Cuts; carriedInMinor: bigint; carriedOutMinor: bigint },
): Standing {
  const least = (place: 0 | 1 | 2 | 3): bigint =>
    aborted.cuts[place] < standing.cuts[place] ? aborted.cuts[place] : standing.cuts[place];
  return {
    ...standing,
    carriedMinor: standing.carriedMinor + aborted.carriedInMinor - aborted.carriedOutMinor,
    cuts: [least(0), least(1), least(2), least(3)],
  };
}
