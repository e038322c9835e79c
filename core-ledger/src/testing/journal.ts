import { randomUUID } from 'node:crypto';
import type { Queryable } from '../database/database.ts';

/** A transfer as the tests of reads want it: at a time of their own choosing, past every check. */
export type PlannedTransfer = {
  readonly id?: string;
  readonly postedAt: Date;
  readonly effectiveAt?: Date;
  readonly kind?: string;
  readonly holdId?: string;
  readonly reverses?: string;
  readonly reference?: string;
  readonly metadata?: Record<string, string>;
  readonly legs: readonly { readonly accountId: bigint; readonly amountMinor: bigint }[];
};

/** Opens accounts of one currency without a wallet of their own; ids in the order asked. */
export async function insertAccounts(
  db: Queryable,
  accounts: readonly { kind: string; currency?: string; ownerId?: string; limitMinor?: bigint }[],
): Promise<bigint[]> {
  const ids: bigint[] = [];
  for (const { kind, currency = 'USD', ownerId = randomUUID(), limitMinor } of accounts) {
    const found = await db.raw<{ rows: { id: string }[] }>(
      `with w as (
         insert into wallet (id, owner_id, kind, currency)
         values (gen_random_uuid(), ?::uuid, 'customer', ?) returning *
       )
       insert into account (wallet_id, owner_id, kind, currency, limit_minor)
       select id, owner_id, ?, currency, ? from w returning id`,
      [ownerId, currency, kind, limitMinor?.toString() ?? null],
    );
    ids.push(BigInt(found.rows[0]?.id ?? ''));
  }
  return ids;
}

/** Writes transfers in their order, with entries, versions and balances as the book would. */
export async function insertTransfers(
  db: Queryable,
  transfers: readonly PlannedTransfer[],
): Promise<string[]> {
  const ids: string[] = [];
  for (const transfer of transfers) {
    const { id = randomUUID(), postedAt, effectiveAt, legs, kind = 'payment' } = transfer;
    const times = [postedAt.toISOString(), effectiveAt?.toISOString() ?? null] as const;
    await db.raw(
      `insert into transfer (id, intent_id, kind, posted_at, effective_at, hold_id, reverses,
         reference, metadata, payload_hash)
       values (?::uuid, gen_random_uuid(), ?, ?, ?, ?, ?, ?, ?::jsonb, ?)`,
      [
        ...[id, kind, ...times, transfer.holdId ?? null, transfer.reverses ?? null],
        ...[transfer.reference ?? null, metadataOf(transfer), Buffer.from(id.slice(0, 16))],
      ],
    );
    for (const { accountId, amountMinor } of legs) {
      await db.raw(
        `with a as (
           update account set balance_minor = balance_minor + ?::bigint, version = version + 1
           where id = ? returning id, version, balance_minor
         )
         insert into entry (account_id, version, amount_minor, balance_after_minor, posted_at,
           transfer_id, effective_at)
         select id, version, ?, balance_minor, ?, ?::uuid, ? from a`,
        [amountMinor, accountId, amountMinor, times[0], id, times[1]].map(plain),
      );
    }
    ids.push(id);
  }
  return ids;
}

function metadataOf({ metadata }: PlannedTransfer): string | null {
  return metadata === undefined ? null : JSON.stringify(metadata);
}

function plain(value: bigint | string | null): string | null {
  return value === null ? null : String(value);
}
