import type { Queryable } from '../database/database.ts';
import { firstOfTables } from './kinds.ts';
import type { IntentKind } from './kinds.ts';

/** What the ledger knows of an intent it has read: enough to recognise a repeat of its request. */
export type KnownIntent = {
  id: string;
  kind: IntentKind;
  /** SHA-256 of the canonical request body. */
  payloadHash: Buffer;
  /** When the edge accepted it, in milliseconds since 1970. */
  acceptedAtMs: number;
};

/** The intents among `ids` that the pipeline has reached, by id; the others are left out. */
export async function findIntents(db: Queryable, ids: string[]): Promise<Map<string, KnownIntent>> {
  // A parked intent has no row of its noun yet; its record's time is when it was accepted.
  const found = await db.raw<{ rows: IntentRow[] }>(
    `select i.id, i.kind, i.payload_hash,
       coalesce(${firstOfTables(() => 't.accepted_at')},
         to_timestamp(w.timestamp_ms / 1000.0)) as accepted_at
     from intent i
     left join parked w on w.intent_id = i.id
     where i.id = any(?::uuid[])`,
    [ids],
  );
  return new Map(
    found.rows.map((row) => [
      row.id,
      {
        id: row.id,
        kind: row.kind,
        payloadHash: row.payload_hash,
        acceptedAtMs: (row.accepted_at ?? new Date(0)).getTime(),
      },
    ]),
  );
}

type IntentRow = {
  id: string;
  kind: IntentKind;
  payload_hash: Buffer;
  accepted_at: Date | null;
};

/** False in a system that has never settled anything. */
export async function hasIntents(db: Queryable): Promise<boolean> {
  const found = await db.raw<{ rows: { present: boolean }[] }>(
    `select exists (select from intent) as present`,
  );
  return found.rows[0]?.present === true;
}
