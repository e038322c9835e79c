import { expect, test } from '@jest/globals';
import type { Account } from '../ledger/book-state.ts';
import { createBook } from '../ledger/book.ts';
import type { PlatformAccounts } from '../ledger/accounts.ts';
import type { WalletFacts } from '../wallets/wallet.ts';
import { accountsOfWithdrawal, decideWithdrawal, decideWithdrawalAction } from './decide.ts';
import type { Withdrawal } from './decide.ts';
import { withdrawalStates } from './withdrawal.ts';
import type { WithdrawalAction, WithdrawalStatus } from './withdrawal.ts';

const [own, transit, external, suspense] = [1n, 2n, 3n, 4n];
const wallet: WalletFacts = {
  ...{ walletId: 'w', ownerId: 'o', kind: 'customer', currency: 'USD' },
  accounts: { customer: own },
  platform: { in_transit: transit, external, suspense } as unknown as PlatformAccounts,
};

function bookOf(status: Account['status'] = 'active', balanceMinor = 100n) {
  const account = (id: bigint, kind: Account['kind'], rest: Partial<Account> = {}): Account => ({
    ...{ id, kind, currency: 'USD', status: 'active', limitMinor: null },
    ...{ balanceMinor: 0n, heldMinor: 0n, version: 0n, ...rest },
  });
  return createBook({
    accounts: [
      account(own, 'customer', { status, balanceMinor, limitMinor: 0n }),
      account(transit, 'in_transit', { balanceMinor: 60n }),
      ...[account(external, 'external'), account(suspense, 'suspense')],
    ],
  });
}

const request = (change: object = {}) => ({
  ...{ intent_id: 'i', wallet_id: 'w', owner_id: 'o', amount_minor: 60n, currency: 'USD' },
  ...{ destination: 'bank-1', reference: null, accepted_at: 1, ...change },
});
const asked = (status: WithdrawalStatus): Withdrawal => ({
  ...{ id: 'i', walletId: 'w', ownerId: 'o', amountMinor: 60n, currency: 'USD', status },
  ...{ version: 1, acceptedAtMs: 1 },
});
const moved = (book: ReturnType<typeof bookOf>) =>
  book.entries.map(({ accountId, amountMinor }) => [accountId, amountMinor]);

test.each([
  ['enough', {}, 'active', 'in_transit', null],
  ['more than there is', { amount_minor: 101n }, 'active', 'failed', 'insufficient_funds'],
  ['nothing', { amount_minor: 0n }, 'active', 'failed', 'invalid_amount'],
  ['of a frozen wallet', {}, 'frozen', 'failed', 'account_frozen'],
  ['of a closed wallet', {}, 'closed', 'failed', 'account_closed'],
  ['in another currency', { currency: 'EUR' }, 'active', 'failed', 'currency_mismatch'],
] as const)('%s', (_what, change, accountStatus, status, failureCode) => {
  const book = bookOf(accountStatus);
  expect(decideWithdrawal(request(change), wallet, book)).toEqual({ status, failureCode });
  expect(moved(book)).toEqual(
    status === 'failed'
      ? []
      : [
          [own, -60n],
          [transit, 60n],
        ],
  );
});

const actions = { withdrawal_confirmation: 'confirm', withdrawal_return: 'return' } as const;
const statuses: WithdrawalStatus[] = ['in_transit', 'paid', 'returned', 'failed'];
const pairs = (Object.keys(actions) as WithdrawalAction[]).flatMap((action) =>
  statuses.map((status) => [action, status] as const),
);

test.each(pairs)('%s of one that is %s does what the table says', (action, status) => {
  const row = withdrawalStates.rows.find(
    (each) => each.from === status && each.action === actions[action],
  );
  const book = bookOf();
  const found = { withdrawal: asked(status), wallet };
  const outcome = decideWithdrawalAction(action, 'a', found, book);
  if (row === undefined) {
    expect(outcome).toEqual({ ok: false, code: 'invalid_state' });
    expect(moved(book)).toEqual([]);
    return;
  }
  const withdrawal = { ...asked(status), status: row.to, version: 2 };
  expect(outcome).toEqual({ ok: true, event: row.event, withdrawal });
  const receiver = action === 'withdrawal_return' ? own : external;
  expect(moved(book)).toEqual([
    [transit, -60n],
    [receiver, 60n],
  ]);
});

test('what comes back to a closed wallet is for a person to place; to a frozen one it goes', () => {
  const found = { withdrawal: asked('in_transit'), wallet };
  for (const [status, receiver] of [['closed', suspense] as const, ['frozen', own] as const]) {
    const book = bookOf(status);
    expect(decideWithdrawalAction('withdrawal_return', 'a', found, book).ok).toBe(true);
    expect(moved(book).at(-1)).toEqual([receiver, 60n]);
  }
});

test('what nobody asked for is not found; all accounts are named before they are locked', () => {
  const found = { withdrawal: undefined, wallet };
  expect(decideWithdrawalAction('withdrawal_return', 'a', found, bookOf())).toEqual({
    ...{ ok: false, code: 'withdrawal_not_found' },
  });
  expect(accountsOfWithdrawal(wallet)).toEqual([own, transit, external, suspense]);
});
