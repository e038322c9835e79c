import { hash } from 'node:crypto';
import type { Queryable } from '../database/database.ts';

/**
 * The chain of hashes over all transfers, so that anybody with the rows can recompute it.
 *
 *     c(0) = SHA-256 of the text `wallet ledger chain 1`
 *     c(n) = SHA-256(c(n-1) ‖ SHA-256(bytes of the n-th transfer))      32 ‖ 32 bytes
 *
 * Transfers are counted in the order of their numbers; numbers may have gaps. Where blocks end
 * plays no part: a block's hash is the c of its last transfer, so that whoever has the same
 * transfers has the same head.
 *
 * The bytes of a transfer are those of PostgreSQL's `record_send` over fourteen columns. All
 * integers are big-endian:
 *
 *     int32 14, then for each column: int32 type, int32 length or -1 for null, the value
 *
 *     number          type 20 int64
 *     id              type 2950, 16 bytes
 *     kind            type 25, UTF-8
 *     payment_id, intent_id, hold_id, reverses, chain_id     type 2950 each
 *     posted_at, effective_at     type 1184, int64: microseconds since 2000-01-01T00:00:00Z
 *     payload_hash    type 17, 16 bytes
 *     reference       type 25
 *     metadata        type 25: as jsonb is written: keys ordered by their length in bytes and then
 *                     by their bytes, `{"key": "value", "other": "value"}`
 *     entries         type 17: for each entry, ordered by account and version, four int64:
 *                     account_id, version, amount_minor, balance_after_minor
 *
 * An entry's own times are no part of it: `posted_at` must be within seconds of its transfer's and
 * `effective_at` the same, which invariant I17 checks.
 */
export const genesis: Buffer = hash('sha256', 'wallet ledger chain 1', 'buffer');

/** The chain's hashes after each of the transfers, in their order. */
export function* chainHashes(
  previous: Buffer,
  transfers: Iterable<{ readonly hash: Buffer }>,
): Generator<Buffer> {
  const joined = Buffer.alloc(64);
  previous.copy(joined, 0);
  for (const { hash: ofTransfer } of transfers) {
    ofTransfer.copy(joined, 32);
    const next = hash('sha256', joined, 'buffer');
    next.copy(joined, 0);
    yield next;
  }
}

/** A transfer as the chain sees it. */
export type HashedTransfer = {
  readonly number: bigint;
  /** SHA-256 over its bytes. */
  readonly hash: Buffer;
  /** Its entries are no longer here: the hash is not the one it was sealed with. */
  readonly archived: boolean;
};

/**
 * How much later than its transfer an entry may have been written for it to be found with the
 * others of its block; what was later is looked up on its own.
 */
const statementSkew = '1 second';
/** Bytes of a row of the answer: number, whether it has entries, hash. */
const rowBytes = 8 + 1 + 32;

/** The columns of a transfer with its entries (`e.legs`), in the order of the form. */
const hashOfRow = `sha256(record_send(row(t.number, t.id, t.kind, t.payment_id, t.intent_id,
  t.hold_id, t.reverses, t.chain_id, t.posted_at, t.effective_at, t.payload_hash, t.reference,
  t.metadata::text, e.legs)))`;
const legs = `string_agg(int8send(account_id) || int8send(version) || int8send(amount_minor)
  || int8send(balance_after_minor), '' order by account_id, version)`;
const answer = `string_agg(int8send(t.number)
  || case when e.legs is null then '\\x00'::bytea else '\\x01'::bytea end
  || ${hashOfRow}, '' order by t.number, t.id) as hashed`;

/**
 * Numbers and times grow with the tables, so block ranges of both find a block's rows; ids narrow
 * them further where they sort by time.
 */
const hashedBetween = `
  with t as materialized (
    select * from transfer where number > :after::bigint and number <= :upTo::bigint),
  bound as materialized (
    select min(posted_at) as since, max(posted_at) + interval '${statementSkew}' as until,
      min(id::text)::uuid as low, max(id::text)::uuid as high from t),
  e as (
    select transfer_id, ${legs} as legs from entry
    where posted_at >= (select since from bound) and posted_at <= (select until from bound)
      and transfer_id >= (select low from bound) and transfer_id <= (select high from bound)
    group by transfer_id)
  select ${answer} from t left join e on e.transfer_id = t.id`;

/** For the few whose entries were not where they should be: wherever they are. */
const hashedAlone = `
  select ${answer} from transfer t
  left join lateral (select ${legs} as legs from entry where transfer_id = t.id) e on true
  where t.number > :after::bigint and t.number <= :upTo::bigint
    and t.number = any(:numbers::bigint[])`;

/**
 * The transfers with `after` < number ≤ `upTo` in the order of their numbers, hashed by the
 * database: a few microseconds each, and nothing but hashes leaves it.
 */
export async function hashTransfers(
  db: Queryable,
  range: { after: bigint; upTo: bigint },
): Promise<HashedTransfer[]> {
  const bounds = { after: range.after.toString(), upTo: range.upTo.toString() };
  const transfers = await readHashed(db, hashedBetween, bounds);
  if (!transfers.some(({ archived }) => archived)) return transfers;
  // Some came without entries. What was posted after the last archived month must have some.
  const found = await db.raw<{ rows: { number: string }[] }>(
    `select number from transfer where number > :after::bigint and number <= :upTo::bigint
       and posted_at >= coalesce((select max(until) from entry_opening), '-infinity')`,
    bounds,
  );
  const live = new Set(found.rows.map(({ number }) => BigInt(number)));
  const lost = new Set<bigint>();
  for (const { number, archived } of transfers) {
    if (archived && live.has(number)) lost.add(number);
  }
  if (lost.size === 0) return transfers;
  const numbers = [...lost].map((number) => number.toString());
  const again = await readHashed(db, hashedAlone, { ...bounds, numbers });
  return [
    ...transfers.filter(({ number }) => !lost.has(number)),
    ...again.map((transfer) => ({ ...transfer, archived: false })),
  ].sort((a, b) => Number(a.number - b.number));
}

/** The ids of the transfers with this number and this hash: one, unless rows were forged. */
export async function findHashed(db: Queryable, number: bigint, hash: Buffer): Promise<string[]> {
  const found = await db.raw<{ rows: { id: string }[] }>(
    `select t.id from transfer t
     left join lateral (select ${legs} as legs from entry where transfer_id = t.id) e on true
     where t.number = :number::bigint and ${hashOfRow} = :hash::bytea order by t.id`,
    { number: number.toString(), hash },
  );
  return found.rows.map(({ id }) => id);
}

async function readHashed(
  db: Queryable,
  sql: string,
  bindings: Record<string, string | string[]>,
): Promise<HashedTransfer[]> {
  const found = await db.raw<{ rows: { hashed: Buffer | null }[] }>(sql, bindings);
  const bytes = found.rows[0]?.hashed ?? Buffer.alloc(0);
  const transfers: HashedTransfer[] = [];
  for (let at = 0; at < bytes.length; at += rowBytes) {
    transfers.push({
      number: bytes.readBigInt64BE(at),
      archived: bytes[at + 8] === 0,
      hash: bytes.subarray(at + 9, at + rowBytes),
    });
  }
  return transfers;
}
