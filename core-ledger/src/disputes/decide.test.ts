import { describe, expect, test } from '@jest/globals';
import type { DisputeCommand } from './command.ts';
import { decideDispute } from './decide.ts';
import type { Dispute } from './dispute.ts';
import { openDispute, refusalOfOpening } from './opening.ts';
import { disputePolicy } from './policy.ts';
import {
  contextOf,
  disputeIn,
  monday,
  paymentOf,
  requestOf,
  users,
} from './testing/dispute-cases.ts';

const dayMs = 86_400_000;

function command(
  action: DisputeCommand['action'],
  by: DisputeCommand['by'],
  rest: Partial<DisputeCommand> = {},
): DisputeCommand {
  return { action, by, actorId: users[by], atMs: monday, ...rest };
}

const decide = (dispute: Dispute, asked: DisputeCommand, rest = {}) =>
  decideDispute(dispute, asked, contextOf(rest));

describe('opening', () => {
  test.each([
    ['payment_not_captured', { capturedMinor: 0n }],
    ['already_refunded', { refundedMinor: 10_000n }],
    ['already_disputed', { hasOpenDispute: true }],
    ['already_disputed', { disputedMinor: 6_000n, refundedMinor: 4_000n }],
    ['dispute_exceeds_remaining', { refundedMinor: 5_001n }],
    ['dispute_exceeds_remaining', { disputedMinor: 5_001n }],
    ['dispute_window_closed', { acceptedAtMs: monday - 120 * dayMs - 1 }],
  ])('is refused as %s: %j', (reason, payment) => {
    const disputed = paymentOf(payment);
    const opened = openDispute(requestOf({ amountMinor: 5_000n }), disputed, contextOf());
    const { capturedMinor, refundedMinor, disputedMinor } = disputed;
    const remainingMinor = capturedMinor - refundedMinor - disputedMinor;
    expect(opened).toEqual({ ok: false, reason, remainingMinor });
  });

  test('up to all that is left, on the last day of the window', () => {
    const acceptedAtMs = monday - 120 * dayMs;
    const payment = paymentOf({ acceptedAtMs, refundedMinor: 1_000n, disputedMinor: 2_000n });
    const asked = (amountMinor: bigint | null) => ({ amountMinor, acceptedAtMs: monday });
    expect(refusalOfOpening(payment, asked(7_000n), disputePolicy)).toBeNull();
    expect(refusalOfOpening(payment, asked(null), disputePolicy)).toBeNull();
    expect(refusalOfOpening(payment, asked(7_001n), disputePolicy)?.ok).toBe(false);
  });

  test('against a closed wallet there is nothing to set aside', () => {
    const wallets = { payeeKind: 'merchant', closed: { payer: false, payee: true } } as const;
    const opened = openDispute(requestOf(), paymentOf(), contextOf({ wallets }));
    expect(opened).toMatchObject({ ok: false, reason: 'account_closed' });
  });

  test('a claim sets all of it aside; the payee has ten business days', () => {
    expect(openDispute(requestOf(), paymentOf(), contextOf())).toMatchObject({
      ok: true,
      dispute: {
        ...{ status: 'needs_response', amountMinor: 10_000n, version: 1 },
        position: { reserved: 10_000n, credited: 0n, awarded: 0n, fee: 1_500n },
        dueAtMs: Date.parse('2026-11-23T23:59:59.999Z'),
      },
    });
  });

  test('an inquiry moves nothing, and wallet to wallet is free', () => {
    const opened = openDispute(requestOf({ stage: 'inquiry' }), paymentOf(), contextOf());
    const position = { reserved: 0n, credited: 0n, awarded: 0n, fee: 0n };
    expect(opened).toMatchObject({ dispute: { status: 'opened', position } });
    const wallets = { payeeKind: 'customer', closed: { payer: false, payee: false } } as const;
    const claim = openDispute(requestOf(), paymentOf(), contextOf({ wallets }));
    expect(claim).toMatchObject({ dispute: { position: { ...position, reserved: 10_000n } } });
  });

  test.each([
    ['fraudulent', 50_000n, 50_000n],
    ['fraudulent', 50_001n, 0n],
    ['not_received', 50_000n, 0n],
  ] as const)('provisional credit by policy: %s of %s gets %s', (reason, amountMinor, credited) => {
    const payment = paymentOf({ capturedMinor: 60_000n });
    const opened = openDispute(requestOf({ reason, amountMinor }), payment, contextOf());
    expect(opened).toMatchObject({ dispute: { position: { credited } } });
  });

  test('a closed payer is credited nothing', () => {
    const wallets = { payeeKind: 'merchant', closed: { payer: true, payee: false } } as const;
    const opened = openDispute(
      requestOf({ reason: 'fraudulent' }),
      paymentOf(),
      contextOf({ wallets }),
    );
    expect(opened).toMatchObject({ dispute: { position: { credited: 0n, reserved: 10_000n } } });
  });
});

describe('evidence', () => {
  const add = (dispute: Dispute, by: DisputeCommand['by'] = 'payee', atMs = monday) =>
    decide(dispute, command('evidence', by, { atMs }));
  const late = { ok: false, reason: 'evidence_window_closed' };

  test.each(['opened', 'needs_response', 'under_appeal'] as const)(
    'is taken while %s',
    (status) => {
      const dispute = disputeIn(status);
      expect(add(dispute)).toMatchObject({ dispute: { evidence: { payer: 0, payee: 1 } } });
      expect(add(dispute, 'payer')).toMatchObject({
        dispute: { evidence: { payer: 1, payee: 0 } },
      });
      expect(add(dispute, 'support')).toMatchObject({ event: null, dispute: { version: 2 } });
      expect(add(dispute, 'operator')).toEqual({ ok: false, reason: 'not_allowed_for_party' });
      expect(add(dispute, 'payee', monday + 1_000).ok).toBe(true);
      expect(add(dispute, 'payee', monday + 1_001)).toEqual(late);
    },
  );

  test.each(['answered', 'under_review', 'won', 'lost', 'withdrawn', 'expired', 'closed'] as const)(
    'evidence after the answer or the end is 409 evidence_window_closed: %s',
    (status) => expect(add(disputeIn(status))).toEqual(late),
  );

  test('each side has its own number of pieces', () => {
    const dispute = disputeIn('needs_response', { evidence: { payer: 19, payee: 20 } });
    expect(add(dispute)).toEqual({ ok: false, reason: 'evidence_limit_reached' });
    expect(add(dispute, 'payer').ok).toBe(true);
  });

  test('an answer after its day is late, though no timer has come round', () => {
    const submit = command('submit', 'payee', { atMs: monday + 1_001 });
    expect(decide(disputeIn('needs_response'), submit)).toEqual(late);
  });
});

describe('a decision', () => {
  const large = { amountMinor: 50_001n };
  const decision = (actorId: string, awardedMinor: bigint) =>
    command('decision', 'operator', { actorId, awardedMinor });

  test.each([
    [0n, 'won', 0n],
    [1n, 'partially_won', 1_500n],
    [10_000n, 'lost', 1_500n],
  ])('that awards %s is %s', (awarded, status, fee) => {
    expect(decide(disputeIn('under_review'), decision('olga', awarded))).toMatchObject({
      event: `dispute.${status}`,
      dispute: { status, decidedBy: 'olga', position: { reserved: 0n, awarded, fee } },
    });
  });

  test('awards no more than is disputed', () => {
    const refusal = { ok: false, reason: 'award_out_of_range' };
    expect(decide(disputeIn('under_review'), decision('olga', 10_001n))).toEqual(refusal);
  });

  test('above the limit two people must ask for the same', () => {
    const dispute = disputeIn('under_review', large);
    const first = decide(dispute, decision('olga', 5n));
    expect(first).toMatchObject({ event: null, dispute: { status: 'under_review', version: 2 } });
    if (!first.ok) return;
    const refusal = { ok: false, reason: 'same_person' };
    expect(decide(first.dispute, decision('olga', 5n))).toEqual(refusal);
    const other = decide(first.dispute, decision('otto', 6n));
    expect(other).toMatchObject({ event: null, dispute: { proposal: { by: 'otto' } } });
    const second = decide(first.dispute, decision('otto', 5n));
    expect(second).toMatchObject({ dispute: { status: 'partially_won', proposal: null } });
  });

  test('at the limit one person is enough', () => {
    const dispute = disputeIn('under_review', { amountMinor: 50_000n });
    expect(decide(dispute, decision('olga', 0n))).toMatchObject({ dispute: { status: 'won' } });
  });

  test('a change in between undoes what waits for a second person', () => {
    const proposal = { by: 'olga', awardedMinor: 5n };
    const withdrawn = decide(
      disputeIn('under_review', { ...large, proposal }),
      command('withdraw', 'payer'),
    );
    expect(withdrawn).toMatchObject({ dispute: { status: 'withdrawn', proposal: null } });
  });
});

describe('an appeal', () => {
  const appeal = (by: 'payer' | 'payee' | 'support') => command('appeal', by);

  test('of the payer sets aside again what was not awarded', () => {
    const decided = decide(disputeIn('partially_won'), appeal('payer'));
    expect(decided).toMatchObject({
      dispute: { status: 'under_appeal', position: { reserved: 6_000n, awarded: 4_000n } },
    });
  });

  test('of the payee moves nothing until it is decided', () => {
    expect(decide(disputeIn('lost'), appeal('payee'))).toMatchObject({
      dispute: { position: { reserved: 0n, awarded: 10_000n } },
    });
  });

  test.each([
    ['already_appealed', 'won', { appealedBy: 'payer' }, {}],
    ['appeal_window_closed', 'won', { appealUntilMs: monday - 1 }, {}],
    ['already_disputed', 'won', {}, { hasOpenDispute: true }],
    ['dispute_exceeds_remaining', 'won', {}, { refundedMinor: 1n }],
    ['invalid_state', 'accepted', {}, {}],
    ['invalid_state', 'withdrawn', {}, {}],
    ['not_allowed_for_party', 'lost', {}, {}],
  ] as const)('is refused as %s when %s: %j %j', (reason, status, dispute, payment) => {
    const asked = decide(disputeIn(status, dispute), appeal('payer'), {
      payment: paymentOf(payment),
    });
    expect(asked).toEqual({ ok: false, reason });
  });

  const judged = (actorId: string, awardedMinor: bigint, rest: Partial<Dispute> = {}) =>
    decide(
      disputeIn('under_appeal', { decidedBy: 'olga', ...rest }),
      command('decision', 'operator', { actorId, awardedMinor }),
    );

  test('is decided by somebody else, and ends it', () => {
    expect(judged('olga', 0n)).toEqual({ ok: false, reason: 'same_person' });
    const decided = judged('otto', 0n);
    expect(decided).toMatchObject({ dispute: { status: 'won', appealUntilMs: null } });
    if (!decided.ok) return;
    const again = decide(decided.dispute, appeal('payer'));
    expect(again).toEqual({ ok: false, reason: 'already_appealed' });
  });

  test('never makes it worse for who appealed', () => {
    const position = { reserved: 0n, credited: 0n, awarded: 4_000n, fee: 1_500n };
    const refusal = { ok: false, reason: 'award_out_of_range' };
    expect(judged('otto', 4_001n, { position })).toEqual(refusal);
    expect(judged('otto', 3_999n, { position, appealedBy: 'payer' })).toEqual(refusal);
  });

  test('is withdrawn by who appealed alone: the decision stands', () => {
    const other = decide(disputeIn('under_appeal'), command('withdraw', 'payer'));
    expect(other).toEqual({ ok: false, reason: 'not_allowed_for_party' });
    const own = decide(disputeIn('under_appeal'), command('withdraw', 'payee'));
    expect(own).toMatchObject({ event: 'dispute.lost', dispute: { status: 'lost' } });
  });
});

describe('interlocks with refunds, in both orders', () => {
  test('refund during inquiry closes it at zero', () => {
    expect(decide(disputeIn('opened'), command('refund', 'refund'))).toMatchObject({
      event: 'dispute.closed',
      dispute: { status: 'closed', position: { reserved: 0n, awarded: 0n, fee: 0n } },
    });
  });

  test('an inquiry of what was refunded meanwhile is not escalated', () => {
    const payment = paymentOf({ refundedMinor: 10_000n });
    const asked = decide(disputeIn('opened'), command('escalate', 'payer'), { payment });
    expect(asked).toEqual({ ok: false, reason: 'already_refunded' });
    const overdue = decide(disputeIn('opened'), command('deadline', 'timer'), { payment });
    expect(overdue).toMatchObject({ dispute: { status: 'closed' } });
  });
});
