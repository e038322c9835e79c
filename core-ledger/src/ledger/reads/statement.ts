import type { Queryable } from '../../database/database.ts';
import { LedgerFault } from '../../database/fault.ts';
import { columnsOfEntry, joinsOfEntry, viewOfEntry } from './entry-view.ts';
import type { EntryRow, EntryView } from './entry-view.ts';
import { positions } from './positions.ts';

/** The head of a statement over [from, to); opening + credits − debits = closing was checked. */
export type AccountStatement = {
  readonly accountId: bigint;
  readonly currency: string;
  readonly from: Date;
  readonly to: Date;
  readonly openingMinor: bigint;
  readonly closingMinor: bigint;
  readonly creditsMinor: bigint;
  readonly debitsMinor: bigint;
  /** The entries of the period are those above the first and up to the second version. */
  readonly openingVersion: bigint;
  readonly closingVersion: bigint;
};

export type StatementResult =
  | { readonly ok: true; readonly statement: AccountStatement }
  | { readonly ok: false; readonly reason: 'unknown_account' | 'invalid_period' | 'archived' };

/**
 * Opens the statement of an account over what was posted in [from, to). All of it is of one
 * moment; its pages are read later and stay the same, as entries are only ever added above
 * `closingVersion`. A period that ends less than a transaction's duration ago may still gain some.
 * Faults: `statement_mismatch` when the entries do not lead from opening to closing.
 */
export async function openStatement(
  db: Queryable,
  options: { accountId: bigint; from: Date; to: Date },
): Promise<StatementResult> {
  const { accountId, from, to } = options;
  if (!(from < to)) return { ok: false, reason: 'invalid_period' };
  const bounds = [from.toISOString(), to.toISOString()];
  const found = await db.raw<{ rows: HeadRow[] }>(
    `${positions}
     select o.currency, o.archived, o.found and c.found as found,
       o.version as opening_version, o.balance_minor as opening_minor,
       c.version as closing_version, c.balance_minor as closing_minor,
       s.count, s.credits_minor, s.debits_minor
     from position o
     join position c on c.account_id = o.account_id and c.moment > o.moment
     cross join lateral (
       select count(*) as count,
         coalesce(sum(amount_minor) filter (where amount_minor > 0), 0) as credits_minor,
         coalesce(-sum(amount_minor) filter (where amount_minor < 0), 0) as debits_minor
       from entry
       where account_id = o.account_id and version > o.version and version <= c.version
     ) s`,
    { accountIds: bounds.map(() => String(accountId)), moments: bounds },
  );
  const [row] = found.rows;
  if (row === undefined) return { ok: false, reason: 'unknown_account' };
  if (row.archived) return { ok: false, reason: 'archived' };
  const statement = {
    ...{ accountId, currency: row.currency, from, to },
    openingMinor: BigInt(row.opening_minor ?? 0),
    closingMinor: BigInt(row.closing_minor ?? 0),
    creditsMinor: BigInt(row.credits_minor),
    debitsMinor: BigInt(row.debits_minor),
    openingVersion: BigInt(row.opening_version ?? 0),
    closingVersion: BigInt(row.closing_version ?? 0),
  };
  const { openingMinor, closingMinor, creditsMinor, debitsMinor } = statement;
  const expectedCount = statement.closingVersion - statement.openingVersion;
  if (
    row.found !== true ||
    BigInt(row.count) !== expectedCount ||
    openingMinor + creditsMinor - debitsMinor !== closingMinor
  ) {
    throw mismatch(accountId, `${row.count} entries of ${expectedCount} lead to another closing`);
  }
  return { ok: true, statement };
}

type HeadRow = {
  currency: string;
  archived: boolean;
  found: boolean | null;
  opening_version: string | null;
  opening_minor: string | null;
  closing_version: string | null;
  closing_minor: string | null;
  count: string;
  credits_minor: string;
  debits_minor: string;
};

/**
 * The entries of a statement, oldest first. `after` is the version of the last entry shown, or
 * null; `next` is null on the last page.
 * Faults: `statement_mismatch` when an entry does not follow from the one before.
 */
export async function readStatementPage(
  db: Queryable,
  statement: AccountStatement,
  options: { after: bigint | null; limit: number },
): Promise<{ entries: EntryView[]; next: bigint | null }> {
  const { accountId, openingVersion, closingVersion } = statement;
  const after = options.after ?? openingVersion;
  if (after >= closingVersion) return { entries: [], next: null };
  const last = (after > openingVersion ? after : openingVersion) + BigInt(options.limit);
  // The entry before the page comes along: its balance is where the page begins.
  const found = await db.raw<{ rows: EntryRow[] }>(
    `select ${columnsOfEntry}
     from entry e
     ${joinsOfEntry}
     where e.account_id = :accountId and e.version >= :first and e.version <= :last
     order by e.version`,
    {
      accountId: String(accountId),
      first: String(after > openingVersion ? after : openingVersion + 1n),
      // Versions have no gaps: a page is a range of them.
      last: String(last < closingVersion ? last : closingVersion),
    },
  );
  const rows = found.rows.map(viewOfEntry);
  const before = after > openingVersion ? rows.shift() : undefined;
  let versionBefore = before?.version ?? openingVersion;
  let balanceMinor = before?.balanceAfterMinor ?? statement.openingMinor;
  for (const entry of rows) {
    balanceMinor += entry.amountMinor;
    if (entry.version !== versionBefore + 1n || entry.balanceAfterMinor !== balanceMinor) {
      throw mismatch(accountId, `entry ${entry.entryId} does not follow from the one before`);
    }
    versionBefore = entry.version;
  }
  const isLast = versionBefore === closingVersion;
  if (
    (rows.length < options.limit && !isLast) ||
    (isLast && balanceMinor !== statement.closingMinor)
  ) {
    throw mismatch(accountId, `its entries end at version ${versionBefore} of ${closingVersion}`);
  }
  return { entries: rows, next: isLast ? null : versionBefore };
}

function mismatch(accountId: bigint, what: string): LedgerFault {
  return new LedgerFault('statement_mismatch', `statement of account ${accountId}: ${what}`);
}
