import { expect, test } from '@jest/globals';
import { createBook } from './book.ts';
import type { LedgerItem, SingleItem, TransferItem, VoidItem } from './items.ts';
import { createMemory } from './memory.ts';
import type { Remembered } from './memory.ts';
import { payloadHashOf } from './payload-hash.ts';
import { account, hold } from './testing/book-cases.ts';

const id = (number: number) => `00000000-0000-7000-8000-${number.toString().padStart(12, '0')}`;
const holdId = id(900);
const open = (known: [LedgerItem, Partial<Remembered>][] = []) => {
  const accounts = [account(1, 100n, { heldMinor: 50n }), account(2, 0n)];
  const book = createBook({ accounts, holds: [hold(holdId)] });
  const rows = known.map(([item, rest]): [string, Remembered] => [
    item.id,
    { payloadHash: payloadHashOf(item), refusal: null, refusedItem: null, ...rest },
  ]);
  return { book, memory: createMemory(book, new Map(rows)) };
};
const move = (number: number, amount: bigint): TransferItem => ({
  ...{ type: 'transfer', id: id(number), kind: 'payment', paymentId: null, intentId: null },
  legs: [
    { accountId: 1n, currency: 'USD', amountMinor: -amount },
    { accountId: 2n, currency: 'USD', amountMinor: amount },
  ],
});
const sweep = (number: number): TransferItem => ({
  ...move(number, 1n),
  legs: [
    { accountId: 1n, currency: 'USD', upToMinor: null },
    { accountId: 2n, currency: 'USD', rest: true },
  ],
});
const release = (number: number): VoidItem => ({ type: 'void', id: id(number), holdId });
const chain = (number: number, ...items: SingleItem[]): LedgerItem => ({
  ...{ type: 'chain', id: id(number), items },
});
const ok = { ok: true, repeated: false };
const again = { ok: true, repeated: true };
const refused = (reason: string, repeated = false) => ({ ok: false, repeated, reason });

test('the first answer is given again in the same batch, and nothing is done twice', () => {
  const { book, memory } = open();
  const items = [move(1, 5n), move(2, 500n), release(3), sweep(4), chain(5, move(6, 1n))];
  const first = items.map((item) => memory.post(item));
  const swept = { ...ok, amounts: [-95n, 95n] };
  const short = { ...refused('insufficient_funds'), item: 0 };
  expect(first).toEqual([ok, refused('insufficient_funds'), ok, swept, short]);
  const second = items.map((item) => memory.post({ ...item }));
  expect(second).toEqual(first.map((answer) => ({ ...answer, repeated: true })));
  expect(book.transfers.map((transfer) => transfer.id)).toEqual([id(1), id(4)]);
});

test('answers of earlier batches are given again', () => {
  const { book, memory } = open([
    [move(1, 5n), {}],
    [move(2, 5n), { refusal: 'account_frozen' }],
    [chain(3, move(4, 5n)), { refusal: 'unbalanced', refusedItem: 0 }],
    [sweep(5), { amounts: [-7n, 7n] }],
  ]);
  expect(memory.post(move(1, 5n))).toEqual(again);
  expect(memory.post(move(2, 5n))).toEqual(refused('account_frozen', true));
  expect(memory.post(chain(3, move(4, 5n)))).toEqual({ ...refused('unbalanced', true), item: 0 });
  expect(memory.post(sweep(5))).toEqual({ ...again, amounts: [-7n, 7n] });
  expect([book.transfers, memory.results]).toEqual([[], []]);
});

test('an id with another payload is refused; the first answer stays', () => {
  const { book, memory } = open([[move(1, 5n), {}]]);
  expect(memory.post(move(1, 6n))).toEqual(refused('id_reused'));
  expect(memory.post(move(1, 5n))).toEqual(again);
  expect(memory.post(move(2, 6n))).toEqual(ok);
  expect(memory.post(release(2))).toEqual(refused('id_reused'));
  expect(memory.post(move(2, 6n))).toEqual(again);
  // Posted through a door that keeps hashes of its own: nothing can be known to repeat it.
  const other = open([[move(1, 5n), { payloadHash: null }]]);
  expect(other.memory.post(move(1, 5n))).toEqual(refused('id_reused'));
  expect([book.transfers.length, memory.results, other.memory.results]).toEqual([1, [], []]);
});

test('what leaves no transfer and no hold is to be kept: refusals, voids and chains', () => {
  const { memory } = open();
  const held: LedgerItem = {
    ...{ type: 'hold', id: id(1), accountId: 1n, amountMinor: 1n, currency: 'USD' },
    ...{ paymentId: null, reason: 'review', expiresInSeconds: 60 },
  };
  const refusedChain = chain(4, move(5, 1n), move(6, 500n));
  const postedChain = chain(7, move(8, 1n), release(9));
  const items = [held, move(2, 1n), move(3, 500n), refusedChain, postedChain];
  for (const item of items) memory.post(item);
  const kept = (item: LedgerItem, rest: object = {}) => ({
    ...{ id: item.id, kind: item.type, payloadHash: payloadHashOf(item) },
    ...{ refusal: null, refusedItem: null, ...rest },
  });
  const short = { refusal: 'insufficient_funds' };
  expect(memory.results).toEqual([
    kept(move(3, 500n), short),
    kept(refusedChain, { ...short, refusedItem: 1 }),
    kept(postedChain),
    kept(release(9)),
  ]);
  const hashes = [1, 2, 8, 5].map((number) => memory.hashOf(id(number)));
  const posted = [held, move(2, 1n), move(8, 1n)].map(payloadHashOf);
  expect(hashes).toEqual([...posted, null]);
});

test('a chain repeats no id: not an earlier one, not its own, not one of its items', () => {
  const { book, memory } = open([[move(1, 5n), {}]]);
  memory.post(move(2, 1n));
  const reused = (item: number) => ({ ...refused('id_reused'), item });
  expect(memory.post(chain(10, move(3, 1n), move(1, 5n)))).toEqual(reused(1));
  expect(memory.post(chain(11, move(2, 1n)))).toEqual(reused(0));
  expect(memory.post(chain(12, move(3, 1n), move(4, 1n), move(3, 1n)))).toEqual(reused(2));
  expect(memory.post(chain(13, move(13, 1n)))).toEqual(reused(0));
  expect(book.transfers.map((transfer) => transfer.id)).toEqual([id(2)]);
  // It is an answer like any other.
  expect(memory.post(chain(11, move(2, 1n)))).toEqual({ ...reused(0), repeated: true });
});

test('items of a posted chain are answered; those of a refused one may come again', () => {
  const { memory } = open();
  expect(memory.post(chain(1, move(2, 1n)))).toEqual(ok);
  expect(memory.post(move(2, 1n))).toEqual(again);
  expect(memory.post(chain(3, move(4, 1n), move(5, 500n)))).toMatchObject({ ok: false });
  expect(memory.post(move(4, 1n))).toEqual(ok);
});

test('what is malformed is refused and not remembered', () => {
  const { memory } = open();
  const wrong = { ...move(1, 1n), kind: 'gift' } as unknown as LedgerItem;
  expect([memory.post(wrong), memory.post(wrong)]).toEqual([
    refused('malformed'),
    refused('malformed'),
  ]);
  expect(memory.results).toEqual([]);
  expect(memory.post(move(1, 1n))).toEqual(ok);
});
