import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  disputePolicy,
  findChanges,
  findEvidence,
  findWalletViews,
  keepEvidenceContent,
  listEvidence,
  readDisputeEvidence,
} from '@wallet/core-ledger';
import type { DisputeView, PaymentView } from '@wallet/core-ledger';
import { topics, type DisputeEvent, type WalletEvent } from '@wallet/schemas';
import { createTestWire, type TestWire } from '@wallet/schemas/testing';
import { createDisputeCases, textEvidence, type DisputeCases } from '../testing/dispute-cases.ts';
import { createPaymentCases, type PaymentCases } from '../testing/payment-cases.ts';
import { createPostingStage, type Stage } from '../testing/posting-stage.ts';

let wire: TestWire;
let stage: Stage;
let payments: PaymentCases;
let cases: DisputeCases;
let payer: string;
let shop: string;

beforeAll(async () => {
  wire = await createTestWire('disputes');
  stage = await createPostingStage(wire.wire.codec);
  payments = await createPaymentCases(stage);
  cases = createDisputeCases(stage, payments);
});
beforeEach(async () => {
  payer = await stage.openWallet({ balance: 1_000_000n });
  shop = await stage.openWallet({ kind: 'merchant' });
});
afterAll(async () => {
  await wire.close();
  await stage.closeSound();
});

const pay = (amountMinor = 10_000n, more = {}): Promise<PaymentView> =>
  payments.pay({
    ...{ payer_wallet_id: payer, payee_wallet_id: shop, amount_minor: amountMinor, ...more },
  });

/** Balances by kind of account that are not 0. */
async function accountsOf(walletId: string): Promise<Record<string, number>> {
  const found = await stage.database.knex.raw<{ rows: { kind: string; minor: string }[] }>(
    `select kind, balance_minor as minor from account
     where wallet_id = ? and balance_minor <> 0 order by kind`,
    [walletId],
  );
  return Object.fromEntries(found.rows.map(({ kind, minor }) => [kind, Number(minor)]));
}

async function ours(kind: string): Promise<number> {
  const found = await stage.database.knex.raw<{ rows: { minor: string }[] }>(
    `select balance_minor as minor from account
     where wallet_id is null and currency = 'USD' and kind = ?`,
    [kind],
  );
  return Number(found.rows[0]?.minor);
}

function told<T>(topic: { name: string }): T[] {
  const { committed } = payments.commands;
  return committed
    .filter((batch) => batch.topic === topic.name)
    .flatMap(({ records }) => records)
    .map(({ payload }) => {
      const read = wire.wire.codec.decode(topic as typeof topics.disputeEvents, payload);
      if (!read.ok) throw new Error(read.reason);
      return read.value as T;
    });
}

describe('a chargeback', () => {
  it('sets the money aside, charges the fee; payment, event, history, audit say so', async () => {
    const payment = await pay();
    const fees = await ours('dispute_fees');
    payments.commands.committed.length = 0;
    const dispute = await cases.open(payment, { reason: 'not_as_described' });
    expect(dispute).toMatchObject({
      ...{ status: 'needs_response', stage: 'chargeback', amountMinor: 10_000n, version: 1 },
      position: { reserved: 10_000n, credited: 0n, awarded: 0n, fee: 1_500n },
    });
    // Captured 10,000 less the fee of 110: 9,890 were there.
    expect(await accountsOf(shop)).toEqual({ dispute_reserve: 10_000, receivable: -1_610 });
    expect(await ours('dispute_fees')).toBe(fees + 1_500);
    expect(await payments.payment(payment.id)).toMatchObject({
      disputedMinor: 10_000n,
      version: 1,
    });
    expect(told<DisputeEvent>(topics.disputeEvents)).toMatchObject([
      {
        ...{ type: 'dispute.opened', dispute_id: dispute.id, dispute_version: 1 },
        ...{ payee_id: payment.payeeId, payer_id: payment.payerId, amount_minor: 10_000n },
        ...{ reason: 'not_as_described', appealed: false, decided_at: null },
        ...{ opened_at: dispute.openedAtMs, payment_accepted_at: payment.createdAt.getTime() },
      },
    ]);
    expect(await findChanges(stage.database.knex, dispute.id)).toMatchObject([
      {
        ...{ from: null, to: 'needs_response', actor: payment.payerId, role: 'customer' },
        reason: 'not_as_described',
      },
    ]);
    const seen = await stage.database.knex.raw<{ rows: object[] }>(
      'select state, reserved_minor, awarded_minor from audit.disputes where dispute_id = ?',
      [dispute.id],
    );
    expect(seen.rows).toEqual([
      { state: 'needs_response', reserved_minor: '10000', awarded_minor: '0' },
    ]);
  });

  it('duplicate delivery has no new effect', async () => {
    const record = cases.opening(await pay());
    const { posting } = payments.commands;
    await posting.handle([record, { ...record, offset: record.offset + 1 }]);
    const before = await accountsOf(shop);
    await posting.handle([{ ...record, offset: cases.opening(await pay()).offset }]);
    expect(await accountsOf(shop)).toEqual({
      ...before,
      merchant_pending: 9_890,
    });
    expect(await findChanges(stage.database.knex, record.key ?? '')).toHaveLength(1);
  });

  it('answered, and won by the payee: everything is where it was', async () => {
    const payment = await pay();
    const dispute = await cases.open(payment);
    const text = 'It was delivered.';
    const read = readDisputeEvidence({ kind: 'text', contentType: 'text/plain', content: text });
    if (read.ok) await keepEvidenceContent(stage.database.knex, read);
    const evidence = textEvidence(text);
    expect(await cases.act('evidence', dispute, 'payee', { evidence })).toBe('succeeded');
    expect(await cases.act('submit', dispute, 'payee')).toBe('succeeded');
    const late = await cases.act('evidence', dispute, 'payee', { evidence });
    expect(late).toBe('evidence_window_closed');
    payments.commands.committed.length = 0;
    expect(await cases.act('decision', dispute, 'operator', { reason: 'proof' })).toBe('succeeded');
    expect(await cases.dispute(dispute.id)).toMatchObject({ status: 'won', version: 4 });
    expect(await accountsOf(shop)).toEqual({ merchant_available: 9_890 });
    expect((await payments.payment(payment.id)).disputedMinor).toBe(0n);
    expect(told<DisputeEvent>(topics.disputeEvents)).toMatchObject([
      { type: 'dispute.won', dispute_version: 4, awarded_minor: 0n, due_at: null },
    ]);
    expect(told<WalletEvent>(topics.walletEvents)).toMatchObject([
      { type: 'decision.succeeded', noun: 'dispute', noun_id: dispute.id },
    ]);
    const history = await findChanges(stage.database.knex, dispute.id);
    expect(history.map(({ to, reason }) => `${to} ${reason}`)).toEqual([
      ...['needs_response not_received', 'needs_response evidence', 'under_review submit'],
      'won proof',
    ]);
    const [piece] = await listEvidence(stage.database.knex, dispute.id);
    expect(piece).toMatchObject({ side: 'payee', kind: 'text', sizeBytes: text.length });
    const kept = await findEvidence(stage.database.knex, piece?.id ?? '');
    expect(kept?.content.toString()).toBe(text);
  });

  it.each([
    ['lost', 10_000n, { receivable: -1_610 }, 10_000n],
    ['partially_won', 2_500n, { merchant_available: 5_890 }, 2_500n],
  ] as const)('%s: the payer has the award', async (status, award, left, disputed) => {
    const payment = await pay();
    const dispute = await cases.open(payment);
    const before = (await findWalletViews(stage.database.knex, [payer]))[0]?.balanceMinor ?? 0n;
    await cases.act('decision', dispute, 'operator', { amount_minor: award });
    expect((await cases.dispute(dispute.id)).status).toBe(status);
    expect(await accountsOf(shop)).toEqual(left);
    const after = (await findWalletViews(stage.database.knex, [payer]))[0];
    expect(after?.balanceMinor).toBe(before + award);
    expect((await payments.payment(payment.id)).disputedMinor).toBe(disputed);
    const again = await cases.act('decision', dispute, 'operator');
    expect(again).toBe('invalid_state');
  });

  it('accepted by the payee, withdrawn by the payer', async () => {
    const accepted = await cases.open(await pay());
    expect(await cases.act('accept', accepted, 'payer')).toBe('not_allowed_for_party');
    expect(await cases.act('accept', accepted, 'payee')).toBe('succeeded');
    expect((await cases.dispute(accepted.id)).position.awarded).toBe(10_000n);
    const withdrawn = await cases.open(await pay());
    expect(await cases.act('withdraw', withdrawn, 'payee')).toBe('not_allowed_for_party');
    expect(await cases.act('withdraw', withdrawn, 'support')).toBe('succeeded');
    expect(await cases.dispute(withdrawn.id)).toMatchObject({ position: { fee: 0n } });
  });

  it('a provisional credit that was spent is owed, and repaid by the next credit', async () => {
    const poor = await stage.openWallet({ balance: 10_000n });
    const payment = await pay(10_000n, { payer_wallet_id: poor });
    const dispute = await cases.open(payment, { reason: 'fraudulent' });
    expect([await accountsOf(poor), await ours('provisional')]).toEqual([
      { customer: 10_000 },
      -10_000,
    ]);
    await pay(9_000n, { payer_wallet_id: poor });
    await cases.act('decision', dispute, 'operator');
    expect([await accountsOf(poor), await ours('provisional')]).toEqual([
      { receivable: -9_000 },
      0,
    ]);
    const owing = await stage.database.knex('wallet_debt').where({ wallet_id: poor });
    expect(owing).toHaveLength(1);
  });
});

describe('what is refused changes nothing', () => {
  const refusals: [string, () => Promise<PaymentView>, object][] = [
    ['dispute_exceeds_remaining', () => pay(), { amount_minor: 10_001n }],
    ['payment_not_captured', () => pay(10_000n, { capture: 'manual' }), {}],
    [
      'dispute_window_closed',
      () => pay(10_000n, { accepted_at: Date.now() - 121 * 86_400_000 }),
      {},
    ],
  ];
  it.each(refusals)('%s', async (code, make, more) => {
    const payment = await make();
    const before = await accountsOf(shop);
    payments.commands.committed.length = 0;
    const dispute = await cases.open(payment, more);
    expect(dispute).toMatchObject({ status: 'failed', failureCode: code, dueAtMs: null });
    expect(await accountsOf(shop)).toEqual(before);
    expect(told<DisputeEvent>(topics.disputeEvents)).toMatchObject([
      { type: 'dispute.failed', failure_code: code },
    ]);
  });

  it('a second dispute while one is open: already_disputed', async () => {
    const payment = await pay();
    const records = [cases.opening(payment, { amount_minor: 1n }), cases.opening(payment)];
    await payments.commands.posting.handle(records);
    const [first, second] = await Promise.all(records.map(({ key }) => cases.dispute(key ?? '')));
    expect([first?.status, second?.failureCode]).toEqual(['needs_response', 'already_disputed']);
    if (first !== undefined) await cases.act('withdraw', first, 'payer');
    expect((await cases.open(payment)).status).toBe('needs_response');
  });

  it('an action on a dispute that is not there', async () => {
    const dispute = await cases.open(await pay());
    const missing: DisputeView = { ...dispute, id: randomUUID() };
    expect(await cases.act('submit', missing, 'payee')).toBe('dispute_not_found');
  });

  it('above the limit one person decides nothing', async () => {
    const amount = disputePolicy.secondPersonAboveMinor + 1n;
    const dispute = await cases.open(await pay(amount));
    const award = { amount_minor: amount };
    expect(await cases.act('decision', dispute, 'operator', award)).toBe('succeeded');
    const waiting = await cases.dispute(dispute.id);
    expect(waiting).toMatchObject({ status: 'needs_response', version: 2 });
    expect(waiting.proposal?.awardedMinor).toBe(amount);
    expect(await cases.act('decision', dispute, 'operator', award)).toBe('same_person');
    expect(await cases.act('decision', dispute, 'second operator', award)).toBe('succeeded');
    expect((await cases.dispute(dispute.id)).status).toBe('lost');
  });
});

describe('a customer as payee', () => {
  it('has accounts for it from then on, and pays no fee', async () => {
    const friend = await stage.openWallet();
    const payment = await pay(500n, { payee_wallet_id: friend });
    const dispute = await cases.open(payment);
    expect(await accountsOf(friend)).toEqual({ dispute_reserve: 500 });
    await cases.act('accept', dispute, 'payee');
    expect(await accountsOf(friend)).toEqual({});
    const kinds = await stage.database.knex('account').where({ wallet_id: friend }).select('kind');
    expect(kinds).toHaveLength(3);
  });

  it('who is frozen stays frozen, and is disputed all the same', async () => {
    const friend = await stage.openWallet();
    const payment = await pay(500n, { payee_wallet_id: friend });
    await stage.database.knex('account').where({ wallet_id: friend }).update({ status: 'frozen' });
    await cases.open(payment);
    expect(await accountsOf(friend)).toEqual({ dispute_reserve: 500 });
    const frozen = await stage.database
      .knex('account')
      .where({ wallet_id: friend, status: 'frozen' })
      .select('kind');
    expect(frozen).toHaveLength(3);
  });
});
