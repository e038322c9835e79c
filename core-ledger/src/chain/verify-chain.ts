import type { Queryable } from '../database/database.ts';
import { chainStart, leafBytes, listBlocks } from './block.ts';
import type { Block, ChainEnd } from './block.ts';
import { chainHashes, findHashed, hashTransfers } from './form.ts';
import type { HashedTransfer } from './form.ts';

/** The first thing that is not as it was sealed. */
export type ChainFault = {
  /**
   * `changed`, `missing`, `extra`: a transfer or its entries. `block`: the block itself, or rows
   * whose leaves were recomputed. `head`: sound in itself, but not the chain that was anchored.
   */
  readonly what: 'changed' | 'missing' | 'extra' | 'block' | 'head';
  readonly height: number;
  /** Of the transfer; null where it is not about one. */
  readonly number: bigint | null;
  /** Null when no row with that number is there. */
  readonly transferId: string | null;
  readonly detail: string;
};

export type ChainVerdict = {
  /** The last block that was looked at, and its hash in hex. */
  readonly height: number;
  readonly head: string;
  /** In the blocks that were looked at. */
  readonly transfers: number;
  /** Of them, those whose entries are archived: only that they are there was seen. */
  readonly archived: number;
  readonly fault: ChainFault | null;
};

/** Below every number: rows that were forged under the first block are looked for too. */
const belowAll = -(2n ** 63n);
/** Blocks in memory at once, each with its leaves: some megabytes at most. */
const blocksPerRead = 64;
/** Small blocks share a read. */
const transfersPerRead = 10_000;

/**
 * Recomputes the chain and names the first row or block that is not as it was sealed. `from` and
 * `to` are heights, by default the first and the last; what is before `from` is trusted.
 * `expectedHead` (hex) is a head that was noted elsewhere: the chain must pass through it.
 * Memory is bounded by a few blocks. Faults: those of the database.
 */
export async function verifyChain(
  db: Queryable,
  options: { from?: number; to?: number; expectedHead?: string } = {},
): Promise<ChainVerdict> {
  const { from = 1, to = Number.MAX_SAFE_INTEGER, expectedHead } = options;
  const walk: Walk = {
    ...{ transfers: 0, archived: 0, end: await endBefore(db, from) },
    expected: expectedHead === undefined ? null : Buffer.from(expectedHead, 'hex'),
    passed: expectedHead === undefined,
  };
  if (walk.expected !== null && walk.end.hash.equals(walk.expected)) walk.passed = true;
  let fault: ChainFault | null = null;
  while (fault === null && walk.end.height < to) {
    const read = await listBlocks(db, walk.end.height, blocksPerRead);
    let blocks: readonly Block[] = read.filter(({ height }) => height <= to);
    if (blocks.length === 0) break;
    while (fault === null && blocks.length > 0) {
      const { group, fault: broken } = takeGroup(blocks, walk.end);
      fault = (await verifyGroup(db, group, walk)) ?? broken;
      blocks = blocks.slice(group.length);
    }
  }
  const { height, hash } = walk.end;
  if (fault === null && !walk.passed) {
    const detail = `the chain up to block ${height} never passes through ${expectedHead}`;
    fault = { what: 'head', height, number: null, transferId: null, detail };
  }
  const { transfers, archived } = walk;
  return { height, head: hash.toString('hex'), transfers, archived, fault };
}

/** What is known on the way from block to block. */
type Walk = {
  end: ChainEnd;
  transfers: number;
  archived: number;
  readonly expected: Buffer | null;
  passed: boolean;
};

async function endBefore(db: Queryable, from: number): Promise<ChainEnd> {
  if (from <= 1) return chainStart;
  const [block] = await listBlocks(db, from - 2, 1);
  return block ?? chainStart;
}

/** The blocks at the front that follow each other, as many as are hashed in one go. */
function takeGroup(
  blocks: readonly Block[],
  end: ChainEnd,
): { group: readonly Block[]; fault: ChainFault | null } {
  const group: Block[] = [];
  let transfers = 0;
  let last = end;
  for (const block of blocks) {
    const broken = brokenHead(block, last);
    if (broken !== null) return { group, fault: blockFault(block, broken) };
    transfers += block.transferCount;
    if (group.length > 0 && transfers > transfersPerRead) break;
    group.push(block);
    last = block;
  }
  return { group, fault: null };
}

async function verifyGroup(
  db: Queryable,
  group: readonly Block[],
  walk: Walk,
): Promise<ChainFault | null> {
  const last = group.at(-1);
  if (last === undefined) return null;
  const after = walk.end.height === 0 ? belowAll : walk.end.lastNumber;
  const rows = await hashTransfers(db, { after, upTo: last.lastNumber });
  let taken = 0;
  for (const block of group) {
    const from = taken;
    while (taken < rows.length && (rows[taken]?.number ?? 0n) <= block.lastNumber) taken += 1;
    const fault = await verifyBlock(db, block, rows.slice(from, taken), walk);
    if (fault !== null) return fault;
  }
  return null;
}

async function verifyBlock(
  db: Queryable,
  block: Block,
  rows: readonly HashedTransfer[],
  walk: Walk,
): Promise<ChainFault | null> {
  const { end } = walk;
  const difference = firstDifference(block, rows);
  if (difference !== null) return rowFault(db, block, difference);
  walk.transfers += rows.length;
  const archived = rows.filter((row) => row.archived).length;
  walk.archived += archived;
  if (archived === 0) {
    let hash = end.hash;
    for (hash of chainHashes(end.hash, rows)) {
      if (walk.expected !== null && hash.equals(walk.expected)) walk.passed = true;
    }
    if (!hash.equals(block.hash)) {
      return blockFault(block, 'its rows give another hash, though its leaves agree with them');
    }
  }
  if (walk.expected !== null && block.hash.equals(walk.expected)) walk.passed = true;
  walk.end = block;
  return null;
}

/** What is wrong with the block before its rows are looked at. */
function brokenHead(block: Block, end: ChainEnd): string | null {
  if (block.height !== end.height + 1) return `follows block ${end.height}`;
  if (!block.previousHash.equals(end.hash)) {
    return `its previous hash is not the hash of block ${end.height}`;
  }
  if (block.firstNumber !== end.lastNumber + 1n) {
    return `begins at number ${block.firstNumber}, not ${end.lastNumber + 1n}`;
  }
  if (block.leaves.length !== block.transferCount * leafBytes) {
    return `has ${block.leaves.length / leafBytes} leaves for ${block.transferCount} transfers`;
  }
  return null;
}

type Difference =
  | { readonly what: 'changed' | 'extra'; readonly row: HashedTransfer }
  | { readonly what: 'missing'; readonly number: bigint };

/** Walks leaves and rows side by side, both in the order of numbers. */
function firstDifference(block: Block, rows: readonly HashedTransfer[]): Difference | null {
  const { leaves } = block;
  const last = leaves.length / leafBytes;
  let leaf = 0;
  let index = 0;
  while (leaf < last || index < rows.length) {
    const at = leaf * leafBytes;
    const number = leaf < last ? leaves.readBigInt64BE(at) : null;
    const row = rows[index];
    if (number !== null && (row === undefined || row.number > number)) {
      return { what: 'missing', number };
    }
    if (row === undefined) return null;
    if (number === null || row.number < number) return { what: 'extra', row };
    if (!row.archived && leaves.compare(row.hash, 0, 8, at + 8, at + leafBytes) !== 0) {
      // Two rows with one number: the one that the leaf knows is the good one.
      const twin = rows[index + 1];
      return { what: twin?.number === number ? 'extra' : 'changed', row };
    }
    leaf += 1;
    index += 1;
  }
  return null;
}

async function rowFault(db: Queryable, block: Block, difference: Difference): Promise<ChainFault> {
  const { what } = difference;
  const number = what === 'missing' ? difference.number : difference.row.number;
  const ids = what === 'missing' ? [] : await findHashed(db, number, difference.row.hash);
  const details = {
    changed: 'it or its entries are not what was sealed',
    missing: 'it was sealed and is no longer there',
    extra: 'it was not there when its number was sealed',
  };
  return {
    ...{ what, height: block.height, number, transferId: ids[0] ?? null },
    detail: `transfer ${ids[0] ?? '?'} number ${number} of block ${block.height}: ${details[what]}`,
  };
}

function blockFault(block: Block, detail: string): ChainFault {
  return {
    ...{ what: 'block', height: block.height, number: null, transferId: null },
    detail: `block ${block.height}: ${detail}`,
  };
}
