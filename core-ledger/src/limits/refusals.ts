import type { Queryable } from '../database/database.ts';
import { createBatchInsert } from '../database/statements.ts';
import type { Statement } from '../database/statements.ts';
import type { LimitKind, LimitRefusal } from '../ledger/limits.ts';

/** Gathers the limits that stood against payments, top-ups and withdrawals of a batch. */
export type LimitRefusalWriter = {
  reset(): void;
  add(objectId: string, limit: LimitRefusal): void;
  /** None when nothing was added, as almost always. */
  statements(): Statement[];
};

export function createLimitRefusalWriter(): LimitRefusalWriter {
  const refusals = createBatchInsert('limit_refusal', {
    ...{ object_id: 'uuid', kind: 'text', limit_minor: 'int8', used_minor: 'int8' },
    resets_at: 'timestamptz',
  });
  const { columns } = refusals;
  return {
    reset: () => refusals.reset(),
    add(objectId, { kind, limitMinor, usedMinor, resetsAtMs }) {
      columns.object_id.add(objectId);
      columns.kind.add(kind);
      columns.limit_minor.add(limitMinor);
      columns.used_minor.add(usedMinor);
      columns.resets_at.add(resetsAtMs);
    },
    statements: () => (refusals.count() > 0 ? [refusals.statement()] : []),
  };
}

/** The limit that an object failed by; null when it did not fail by one. */
export async function findLimitRefusal(
  db: Queryable,
  objectId: string,
): Promise<LimitRefusal | null> {
  const found = await db.raw<{ rows: RefusalRow[] }>(
    'select * from limit_refusal where object_id = ?::uuid',
    [objectId],
  );
  const row = found.rows[0];
  if (row === undefined) return null;
  return {
    kind: row.kind,
    limitMinor: BigInt(row.limit_minor),
    usedMinor: BigInt(row.used_minor),
    resetsAtMs: row.resets_at?.getTime() ?? null,
  };
}

type RefusalRow = {
  kind: LimitKind;
  limit_minor: string;
  used_minor: string;
  resets_at: Date | null;
};
