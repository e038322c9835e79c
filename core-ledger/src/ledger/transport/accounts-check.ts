import { BadLine, integer, text } from './line.ts';
import type { Fields } from './records.ts';

/** Follows every account of an import through its entries and holds. All throw `BadLine`. */
export type AccountsCheck = {
  open(account: Fields, line: number): void;
  /** What the account had in the archive. */
  start(opening: Fields): void;
  hold(hold: Fields): void;
  /** The entries of one transfer: each follows from the one before it, all sum to zero. */
  post(entries: readonly Fields[]): void;
  /** Every account is as its entries and open holds say. */
  finish(): void;
};

type Account = {
  readonly line: number;
  readonly currency: string;
  readonly balanceMinor: bigint;
  readonly heldMinor: bigint;
  readonly version: bigint;
  /** As far as the lines have come. */
  seenBalanceMinor: bigint;
  seenHeldMinor: bigint;
  seenVersion: bigint;
};

/** Remembers a few words for each account. */
export function createAccountsCheck(): AccountsCheck {
  const accounts = new Map<string, Account>();
  const accountOf = (fields: Fields): Account => {
    const id = text(fields, 'account_id');
    const account = accounts.get(id);
    if (account === undefined) throw new BadLine(`account ${id} is unknown`);
    return account;
  };
  return {
    open(fields, line) {
      const id = text(fields, 'id');
      if (accounts.has(id)) throw new BadLine(`account ${id} comes twice`);
      accounts.set(id, accountFrom(fields, line));
    },
    start(fields) {
      const account = accountOf(fields);
      account.seenVersion = integer(fields, 'version');
      account.seenBalanceMinor = integer(fields, 'balance_minor');
    },
    hold(fields) {
      const account = accountOf(fields);
      if (fields.state !== 'open') return;
      account.seenHeldMinor += integer(fields, 'amount_minor') - integer(fields, 'captured_minor');
    },
    post(entries) {
      const sums = new Map<string, bigint>();
      for (const entry of entries) {
        const account = accountOf(entry);
        follow(account, entry);
        const sum = sums.get(account.currency) ?? 0n;
        sums.set(account.currency, sum + integer(entry, 'amount_minor'));
      }
      for (const [currency, sum] of sums) {
        if (sum !== 0n) throw new BadLine(`its entries in ${currency} sum to ${sum}`);
      }
    },
    finish() {
      for (const [id, account] of accounts) {
        const wrong = differenceOf(account);
        if (wrong !== null) throw new BadLine(`account ${id} of line ${account.line} ${wrong}`);
      }
    },
  };
}

function accountFrom(fields: Fields, line: number): Account {
  return {
    ...{ line, currency: text(fields, 'currency') },
    balanceMinor: integer(fields, 'balance_minor'),
    heldMinor: integer(fields, 'held_minor'),
    version: integer(fields, 'version'),
    ...{ seenBalanceMinor: 0n, seenHeldMinor: 0n, seenVersion: 0n },
  };
}

function follow(account: Account, entry: Fields): void {
  const version = integer(entry, 'version');
  const balanceMinor = integer(entry, 'balance_after_minor');
  const where = `entry ${text(entry, 'account_id')}-${version}`;
  if (version !== account.seenVersion + 1n) {
    throw new BadLine(`${where} follows version ${account.seenVersion}`);
  }
  const expected = account.seenBalanceMinor + integer(entry, 'amount_minor');
  if (balanceMinor !== expected) {
    throw new BadLine(`${where} leaves ${balanceMinor}, not ${expected}`);
  }
  account.seenVersion = version;
  account.seenBalanceMinor = balanceMinor;
}

function differenceOf(account: Account): string | null {
  const { version, seenVersion, balanceMinor, seenBalanceMinor, heldMinor, seenHeldMinor } =
    account;
  if (version !== seenVersion) return `has version ${version}, its entries end at ${seenVersion}`;
  if (balanceMinor !== seenBalanceMinor) {
    return `has balance ${balanceMinor}, its entries say ${seenBalanceMinor}`;
  }
  if (heldMinor !== seenHeldMinor) return `holds ${heldMinor}, its open holds ${seenHeldMinor}`;
  return null;
}
