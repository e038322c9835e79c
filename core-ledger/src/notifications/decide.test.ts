import { describe, expect, it } from '@jest/globals';
import { decideNotifications, type PaymentFact } from './decide.ts';

const fact: PaymentFact = {
  event_id: '018f0000-0000-8000-8000-000000000001',
  type: 'payment.captured',
  payment_id: '018f0000-0000-8000-8000-0000000000aa',
  payer_id: 'payer',
  payee_id: 'payee',
  amount_minor: 1_250n,
  currency: 'USD',
  status: 'captured',
  failure_code: null,
  occurred_at: 1_760_000_000_000,
};

describe('who hears of a payment', () => {
  it.each([
    ['payment.captured', ['payer', 'payee'], 'payment.captured'],
    ['payment.failed', ['payer'], 'payment.failed'],
    ['payment.rejected', ['payer'], 'payment.failed'],
    ['payment.expired', ['payer'], 'payment.failed'],
    ['payment.in_review', ['payer'], 'payment.in_review'],
  ])('%s reaches %j as %s', (type, recipients, template) => {
    const notifications = decideNotifications({ ...fact, type });
    expect(notifications.map((notification) => notification.recipientId)).toEqual(recipients);
    expect(new Set(notifications.map((notification) => notification.template))).toEqual(
      new Set([template]),
    );
  });

  it('an event that concerns no inbox makes none', () => {
    expect(decideNotifications({ ...fact, type: 'payment.authorized' })).toEqual([]);
  });

  it('one owner of both wallets is told once', () => {
    expect(decideNotifications({ ...fact, payee_id: 'payer' })).toHaveLength(1);
  });

  it('the data name the payment and, when it failed, why', () => {
    const [captured] = decideNotifications(fact);
    expect(JSON.parse(captured?.data ?? '')).toEqual({
      payment_id: fact.payment_id,
      amount_minor: 1_250,
      currency: 'USD',
      status: 'captured',
    });
    const failed = { ...fact, type: 'payment.failed', failure_code: 'insufficient_funds' };
    expect(decideNotifications(failed)[0]?.data).toContain('"failure_code":"insufficient_funds"');
  });
});

describe('notification ids', () => {
  it('are equal on replay, differ by event, and sort by time', () => {
    const idOf = (change: Partial<PaymentFact>): string =>
      decideNotifications({ ...fact, ...change })[0]?.notificationId ?? '';
    expect(idOf({})).toBe(idOf({}));
    expect(idOf({ event_id: '018f0000-0000-8000-8000-000000000002' })).not.toBe(idOf({}));
    expect(idOf({ occurred_at: fact.occurred_at + 1 }) > idOf({})).toBe(true);
  });
});
