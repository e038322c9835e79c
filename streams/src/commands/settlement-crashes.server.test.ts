import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { listSettlementWindows } from '@wallet/core-ledger';
import type { Connection } from '@wallet/core-ledger';
import { Fault } from '@wallet/runtime';
import type { InboundRecord, SettlementIntent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';
import { createSettlementCases, type SettlementCases } from '../testing/settlement-cases.ts';
import { commandsPlan } from './plan.ts';

let wire: TestWire;
let stage: Stage;
let cases: SettlementCases;
let payer: string;

beforeAll(async () => {
  wire = await createTestWire('settlement-crashes');
  stage = await createPostingStage(wire.wire.codec);
  cases = await createSettlementCases(stage);
  payer = await stage.openWallet({ balance: 10_000_000n });
});
afterAll(async () => {
  await cases.close();
  await wire.close();
  await stage.closeSound();
});

/** Where a process dies: before it has read, before it writes, before and after the commit. */
const points = ['begin', 'read', 'commit', 'committed'] as const;
type Point = (typeof points)[number];

/** Nothing is tried again by who died. */
const death = (): never => {
  throw new Fault('connection_lost', 'the process has died', { retriable: true });
};

/** A connection whose process dies at that point of its first transaction. */
function dyingAt(point: Point, real: Connection): Connection {
  return {
    ...real,
    async begin(statements) {
      if (point === 'begin') death();
      const transaction = await real.begin(statements);
      if (point === 'read') {
        await transaction.rollback();
        death();
      }
      return {
        ...transaction,
        answers: transaction.answers,
        async commit(last) {
          if (point === 'commit') {
            await transaction.rollback();
            death();
          }
          await transaction.commit(last);
          return death();
        },
      };
    },
  };
}

/** One process dies over the record; the next one, which knows only the database, gets it again. */
async function crashAt(point: Point, record: InboundRecord): Promise<void> {
  const dying = await stage.join({
    plan: commandsPlan,
    wrap: (real) => dyingAt(point, real),
  });
  await expect(dying.posting.handle([record])).rejects.toThrow('died');
  const next = await stage.join({ plan: commandsPlan });
  await next.posting.handle([record]);
  // As a group that has not heard of the commit delivers.
  await cases.commands.assign();
}

type Step = {
  readonly name: string;
  /** What brings the batch to the step. */
  before(settlementId: string): Promise<unknown>;
  intent(settlementId: string, walletId: string): Partial<SettlementIntent>;
  readonly after: { status: string; available: bigint; transit: bigint; bank: bigint };
};

const transition = (target: string) => (settlementId: string, walletId: string) => ({
  ...{ kind: 'settlement_transition' as const, settlement_id: settlementId, wallet_id: walletId },
  target,
});
const net = 9_890n;
const nothing = (): Promise<void> => Promise.resolve();
const sent = (id: string) => cases.act(id, 'submitted');
const settled = async (id: string): Promise<void> => {
  await sent(id);
  await cases.act(id, 'settled');
};
const away = { available: 0n, transit: 0n, bank: 0n };
const lineOf = (settlementId: string, walletId: string) => ({
  ...{ bank_reference: randomUUID(), reference: settlementId, settlement_id: settlementId },
  ...{ wallet_id: walletId, is_credit: false, amount_minor: net, currency: 'USD' },
});

const steps: readonly Step[] = [
  {
    ...{ name: 'approve', before: nothing, intent: transition('submitted') },
    after: { ...away, status: 'submitted', transit: net },
  },
  {
    ...{ name: 'abort', before: nothing, intent: transition('aborted') },
    after: { ...away, status: 'aborted', available: net },
  },
  {
    ...{ name: 'settle', before: sent, intent: transition('settled') },
    after: { ...away, status: 'settled', bank: net },
  },
  {
    ...{ name: 'fail', before: sent, intent: transition('failed') },
    after: { ...away, status: 'failed', available: net },
  },
  {
    ...{ name: 'reject a part', before: sent },
    intent: (id, walletId) => ({ ...transition('returned')(id, walletId), amount_minor: 90n }),
    after: { ...away, status: 'partially_settled', available: 90n, transit: net - 90n },
  },
  {
    ...{ name: 'return', before: settled, intent: transition('returned') },
    after: { ...away, status: 'returned', available: net },
  },
  {
    ...{ name: 'bank statement', before: sent },
    intent: (id, walletId) => ({ kind: 'bank_statement', lines: [lineOf(id, walletId)] }),
    after: { ...away, status: 'settled', bank: net },
  },
];

const crashes = steps.flatMap((step) => points.map((point) => ({ ...step, point })));

test.each(crashes)('$name, dead at $point: once', async ({ before, intent, after, point }) => {
  const merchant = await cases.openMerchant();
  await cases.pay(payer, merchant, 10_000n);
  const id = await cases.run(merchant);
  const start = await cases.balances(merchant);
  await before(id);
  await crashAt(point, stage.settlementIntent(intent(id, merchant)));
  const { available, transit, bank } = await cases.balances(merchant);
  expect({
    ...{ status: (await cases.see(id)).status, available },
    ...{ transit: transit - start.transit, bank: bank - start.bank },
  }).toEqual(after);
});

test.each(points)('a batch is built once, dead at %s', async (point) => {
  const merchant = await cases.openMerchant();
  await cases.pay(payer, merchant, 10_000n);
  const id = randomUUID();
  await crashAt(point, stage.settlementIntent({ intent_id: id, wallet_id: merchant }));
  expect(await cases.see(id)).toMatchObject({ status: 'pending_approval', netMinor: net });
  const again = await cases.run(merchant);
  expect(await cases.see(again)).toMatchObject({ failureCode: 'settlement_in_progress' });
});

test.each(points)('a window closes and the next opens together, dead at %s', async (point) => {
  const merchant = await cases.openMerchant({ clearingSeconds: 60 });
  const paymentId = await cases.pay(payer, merchant, 1_000n);
  const { windowId } = await cases.see(
    await cases.ask({ wallet_id: merchant, payment_id: paymentId }),
  );
  const close = { kind: 'settlement_window_close' as const, window_id: windowId };
  await crashAt(point, stage.settlementIntent(close));
  const windows = await listSettlementWindows(stage.database.knex, {
    ...{ currency: 'USD', limit: 100, before: null },
  });
  expect(windows.filter(({ closedAtMs }) => closedAtMs === null)).toHaveLength(1);
  expect(windows.find(({ id }) => id === windowId)?.status).toBe('closed');
});
