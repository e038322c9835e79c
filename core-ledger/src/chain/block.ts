import type { Queryable } from '../database/database.ts';
import { genesis } from './form.ts';
import type { HashedTransfer } from './form.ts';

/** A sealed stretch of numbers; blocks follow each other without a gap. */
export type Block = {
  /** Counted from 1. */
  readonly height: number;
  readonly firstNumber: bigint;
  readonly lastNumber: bigint;
  readonly transferCount: number;
  readonly previousHash: Buffer;
  readonly hash: Buffer;
  /** For each transfer its number (8 bytes) and the first 8 bytes of its hash. */
  readonly leaves: Buffer;
};

/** Where the chain stands before its first block, and after each one. */
export type ChainEnd = Pick<Block, 'height' | 'lastNumber' | 'hash'>;

export const chainStart: ChainEnd = { height: 0, lastNumber: 0n, hash: genesis };

export const leafBytes = 16;

export function leavesOf(transfers: readonly HashedTransfer[]): Buffer {
  const leaves = Buffer.allocUnsafe(transfers.length * leafBytes);
  for (const [index, { number, hash }] of transfers.entries()) {
    leaves.writeBigInt64BE(number, index * leafBytes);
    hash.copy(leaves, index * leafBytes + 8, 0, 8);
  }
  return leaves;
}

/** The last block's end; the start of the chain when there is none. */
export async function findChainEnd(db: Queryable): Promise<ChainEnd> {
  const found = await db.raw<{ rows: Pick<BlockRow, 'height' | 'last_number' | 'hash'>[] }>(
    'select height, last_number, hash from chain_block order by height desc limit 1',
  );
  const [row] = found.rows;
  if (row === undefined) return chainStart;
  return { height: Number(row.height), lastNumber: BigInt(row.last_number), hash: row.hash };
}

/** At most `limit` blocks above a height, in order. */
export async function listBlocks(db: Queryable, after: number, limit: number): Promise<Block[]> {
  const found = await db.raw<{ rows: BlockRow[] }>(
    `select height, first_number, last_number, transfer_count, previous_hash, hash, leaves
     from chain_block where height > ? order by height limit ?`,
    [after, limit],
  );
  return found.rows.map((row) => ({
    height: Number(row.height),
    firstNumber: BigInt(row.first_number),
    lastNumber: BigInt(row.last_number),
    transferCount: row.transfer_count,
    previousHash: row.previous_hash,
    hash: row.hash,
    leaves: row.leaves,
  }));
}

/** Run it in the transaction that hashed the transfers. */
export async function insertBlock(db: Queryable, block: Block): Promise<void> {
  await db.raw(
    `insert into chain_block (height, first_number, last_number, transfer_count, previous_hash,
       hash, leaves) values (?, ?, ?, ?, ?, ?, ?)`,
    [
      ...[block.height, block.firstNumber.toString(), block.lastNumber.toString()],
      ...[block.transferCount, block.previousHash, block.hash, block.leaves],
    ],
  );
}

type BlockRow = {
  height: string;
  first_number: string;
  last_number: string;
  transfer_count: number;
  previous_hash: Buffer;
  hash: Buffer;
  leaves: Buffer;
};
