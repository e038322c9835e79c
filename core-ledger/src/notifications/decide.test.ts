import { describe, expect, it } from '@jest/globals';
import { nobody } from '../users/user.ts';
import { decideNotifications, type PartiesFact } from './decide.ts';
import { wishesOf } from './preferences.ts';

const fact: PartiesFact = {
  event_id: '018f0000-0000-8000-8000-000000000001',
  type: 'payment.captured',
  about: { payment_id: '018f0000-0000-8000-8000-0000000000aa' },
  payer_id: 'payer',
  payee_id: 'payee',
  amount_minor: 1_250n,
  currency: 'USD',
  status: 'captured',
  failure_code: null,
  occurred_at: 1_760_000_000_000,
  object: null,
};

const everything = wishesOf(undefined);

describe('who hears of a payment', () => {
  it.each([
    ['payment.captured', ['payer', 'payee'], 'payment.captured'],
    ['payment.failed', ['payer'], 'payment.failed'],
    ['payment.rejected', ['payer'], 'payment.failed'],
    ['payment.expired', ['payer'], 'payment.failed'],
    ['payment.in_review', ['payer'], 'payment.in_review'],
    ['refund.succeeded', ['payer', 'payee'], 'refund.succeeded'],
    ['withdrawal.paid', ['payer'], 'generic.message'],
    ['withdrawal.returned', ['payer'], 'generic.message'],
    ['settlement.settled', ['payer'], 'settlement.settled'],
    ['settlement.partially_settled', ['payer'], 'generic.message'],
    ['settlement.failed', ['payer'], 'generic.message'],
    ['settlement.returned', ['payer'], 'generic.message'],
    ['ticket.replied', ['payer'], 'ticket.replied'],
    ['dispute.opened', ['payer', 'payee'], 'dispute.opened'],
    ['dispute.escalated', ['payer', 'payee'], 'dispute.opened'],
    ['dispute.won', ['payer', 'payee'], 'dispute.decided'],
    ['dispute.expired', ['payer', 'payee'], 'dispute.decided'],
    ['dispute.failed', ['payer'], 'dispute.decided'],
  ])('%s reaches %j as %s', (type, recipients, template) => {
    const notifications = decideNotifications({ ...fact, type }, everything);
    expect(notifications.map((notification) => notification.recipientId)).toEqual(recipients);
    expect(new Set(notifications.map((notification) => notification.template))).toEqual(
      new Set([template]),
    );
  });

  it('an event that concerns no inbox makes none', () => {
    expect(decideNotifications({ ...fact, type: 'payment.authorized' }, everything)).toEqual([]);
    expect(decideNotifications({ ...fact, type: 'bank_line.unknown' }, everything)).toEqual([]);
  });

  it('nobody hears of what is the house’s own, and no money is named where none is', () => {
    const reply = { ...fact, type: 'ticket.replied', currency: '', amount_minor: 0n };
    expect(decideNotifications({ ...reply, payer_id: nobody }, everything)).toEqual([]);
    const [told] = decideNotifications(reply, everything);
    expect(JSON.parse(told?.data ?? '')).toEqual({ ...fact.about, status: 'captured' });
  });

  it('one owner of both wallets is told once', () => {
    expect(decideNotifications({ ...fact, payee_id: 'payer' }, everything)).toHaveLength(1);
  });

  it('the data name the payment and, when it failed, why', () => {
    const [captured] = decideNotifications(fact, everything);
    expect(JSON.parse(captured?.data ?? '')).toEqual({
      payment_id: fact.about.payment_id,
      amount_minor: 1_250,
      currency: 'USD',
      status: 'captured',
    });
    const failed = { ...fact, type: 'payment.failed', failure_code: 'insufficient_funds' };
    expect(decideNotifications(failed, everything)[0]?.data).toContain(
      '"failure_code":"insufficient_funds"',
    );
  });
});

it('what somebody does not want is kept and not shown, but for what is critical', () => {
  const answer = (template: string) => ({
    ...{ command: 'SELECT', rowCount: 1, rows: [['payer', template, '0', '1']] },
  });
  const statuses = (type: string, template: string) =>
    decideNotifications({ ...fact, type }, wishesOf(answer(template))).map(({ status }) => status);
  expect(statuses('payment.failed', 'payment.failed')).toEqual(['suppressed']);
  expect(statuses('payment.failed', 'payment.in_review')).toEqual(['delivered']);
  expect(statuses('payment.captured', 'payment.captured')).toEqual(['delivered', 'delivered']);
});

describe('notification ids', () => {
  it('are equal on replay, differ by event, and sort by time', () => {
    const idOf = (change: Partial<PartiesFact>): string =>
      decideNotifications({ ...fact, ...change }, everything)[0]?.notificationId ?? '';
    expect(idOf({})).toBe(idOf({}));
    expect(idOf({ event_id: '018f0000-0000-8000-8000-000000000002' })).not.toBe(idOf({}));
    expect(idOf({ occurred_at: fact.occurred_at + 1 }) > idOf({})).toBe(true);
  });
});
