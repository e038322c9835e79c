import type { Answer, Statement } from '../database/statements.ts';
import type { Asked } from './asked.ts';
import type { createLookUps } from './book-statements.ts';
import type { Account, Hold, Original } from './book-state.ts';
import type { BookContents } from './book.ts';
import type { AccountKind, TransferKind } from './chart.ts';
import type { Refusal } from './items.ts';
import type { Remembered } from './memory.ts';

type LookUps = ReturnType<typeof createLookUps>;
type Row = readonly (string | null)[];

/** What a batch needs to be decided, as the database had it after the locks were granted. */
export type Loaded = { contents: BookContents; known: Map<string, Remembered> };

/** The statements of one flight, and how their answers are read. */
export type Loading = { statements: Statement[]; read(answers: readonly Answer[]): Loaded };

/**
 * Locks come first: a later statement of the same flight sees what was committed while they were
 * waited for. What nobody asks for is not read.
 */
export function loadingOf(lookUps: LookUps, asked: Asked): Loading {
  const { holds, originals, known } = lookUps;
  const { ids, holdIds, transferIds, hasEffectiveTime } = asked;
  const statements = [lockOf(lookUps, asked)];
  const place = (isNeeded: boolean, statement: () => Statement): number =>
    isNeeded ? statements.push(statement()) - 1 : -1;
  const places = {
    known: place(ids.length > 0, () => byIds(known, ids)),
    holds: place(holdIds.length > 0, () => byIds(holds, holdIds)),
    originals: place(transferIds.length > 0, () => byIds(originals, transferIds)),
    now: place(hasEffectiveTime, () => readNow),
  };
  return {
    statements,
    read: (answers) => {
      const rowsOf = (at: number): readonly Row[] => answers[at]?.rows ?? [];
      const [now] = rowsOf(places.now);
      return {
        contents: {
          accounts: rowsOf(0).map(accountOf),
          holds: rowsOf(places.holds).map(holdOf),
          originals: originalsOf(rowsOf(places.originals)),
          ...(now === undefined ? {} : { nowMs: Number(now[0]) }),
        },
        known: knownOf(rowsOf(places.known)),
      };
    },
  };
}

/** Amounts by account of each of the transfers. */
export function amountsOf(answer: Answer | undefined): Map<string, Map<bigint, bigint>> {
  const amounts = new Map<string, Map<bigint, bigint>>();
  for (const [id, accountId, amountMinor] of answer?.rows ?? []) {
    const entries = amounts.get(id ?? '') ?? new Map<bigint, bigint>();
    amounts.set(id ?? '', entries.set(BigInt(accountId ?? ''), BigInt(amountMinor ?? '')));
  }
  return amounts;
}

const readNow: Statement = {
  name: 'read_now',
  text: 'select floor(extract(epoch from statement_timestamp()) * 1000)',
  values: [],
};

/** A look-up by ids. */
export function byIds(statement: LookUps['holds'], ids: Iterable<string>): Statement {
  statement.reset();
  for (const id of ids) statement.columns.id.add(id);
  return statement.statement();
}

function lockOf({ accounts, namedAccounts }: LookUps, asked: Asked): Statement {
  const { accountIds, holdIds, transferIds } = asked;
  const isNamed = holdIds.length > 0 || transferIds.length > 0;
  const lock = isNamed ? namedAccounts : accounts;
  lock.reset();
  for (const id of accountIds) lock.columns.id.add(id);
  if (isNamed) {
    for (const id of holdIds) namedAccounts.columns.hold_id.add(id);
    for (const id of transferIds) namedAccounts.columns.transfer_id.add(id);
  }
  return lock.statement();
}

export function accountOf(row: Row): Account {
  const [id, kind, currency, status, limitMinor, balanceMinor, heldMinor, version, tier] = row;
  return {
    id: BigInt(id ?? ''),
    kind: kind as AccountKind,
    currency: currency ?? '',
    status: (status ?? 'closed') as Account['status'],
    limitMinor: typeof limitMinor === 'string' ? BigInt(limitMinor) : null,
    balanceMinor: BigInt(balanceMinor ?? ''),
    heldMinor: BigInt(heldMinor ?? ''),
    version: BigInt(version ?? ''),
    tier: tier ?? null,
  };
}

export function holdOf(row: Row): Hold {
  const [id, accountId, amountMinor, capturedMinor, state, paymentId = null, isPast] = row;
  return {
    id: id ?? '',
    accountId: BigInt(accountId ?? ''),
    amountMinor: BigInt(amountMinor ?? ''),
    capturedMinor: BigInt(capturedMinor ?? ''),
    state: (state ?? 'expired') as Hold['state'],
    paymentId,
    isPast: !isFalse(isPast),
  };
}

function originalsOf(rows: readonly Row[]): Original[] {
  return [...Map.groupBy(rows, ([id]) => id).values()].map((entries) => {
    const [id, kind, paymentId = null, isReversed] = entries[0] ?? [];
    return {
      id: id ?? '',
      kind: kind as TransferKind,
      paymentId,
      isReversed: !isFalse(isReversed),
      entries: entries.map(([, , , , accountId, amountMinor]) => ({
        accountId: BigInt(accountId ?? ''),
        amountMinor: BigInt(amountMinor ?? ''),
      })),
    };
  });
}

/** A row of what was posted comes before one of an answer: money that moved decides. */
function knownOf(rows: readonly Row[]): Map<string, Remembered> {
  const known = new Map<string, Remembered>();
  for (const [id, payloadHash = null, , refusal = null, refusedItem] of rows) {
    if (id === undefined || id === null || known.has(id)) continue;
    const item = typeof refusedItem === 'string' ? Number(refusedItem) : null;
    known.set(id, { payloadHash, refusal: refusal as Refusal | null, refusedItem: item });
  }
  return known;
}

/** As the batch writers' connection and as the pool say it. */
function isFalse(value: string | null | undefined): boolean {
  return value === 'f' || value === 'false';
}
