import type { Resident } from '../support/api.ts';
import type { Cast } from './cast.ts';
import { mostly, partOf, pickOf, type Draw, type Maker } from './draw.ts';
import { paymentsInMind, recentOf, type Known } from './known.ts';

const currency = 'USD';
const usualMinor = 12_000;
/** Above what one operator decides alone. */
const largeMinor = 60_000;
/** The sandbox's rule sends exactly this to review. */
const reviewMinor = 66_600;
/** Few, so that some still wait for money. */
const refundsInMind = 20;
/** Merchants who take home all they have as soon as they have it. */
const hastyCount = 3;
/** A bank that knows no such account. */
const unknownBank = 'return to sender';

/** Payments, money from and to banks, refunds, and the state of wallets. */
export function createMoneyCommands(cast: Cast, known: Known) {
  const { customers, merchants, operators, support } = cast;

  const pay = (draw: Draw, capture: 'automatic' | 'manual') => {
    const payer = pickOf(customers, draw.who);
    const payee = payeeOf(cast, payer, draw);
    const amountMinor = amountOf(draw);
    const body = {
      ...{ payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId },
      ...{ amount_minor: amountMinor, currency, capture },
      // Some run out of time while others still capture them.
      ...(capture === 'manual' && draw.twist < 0.3
        ? { authorization_expires_in: 1 + Math.floor(draw.share * 10) }
        : {}),
    };
    const accepted = (id: string): void => {
      const payment = { id, payer, payee, amountMinor };
      known.payments.push(payment);
      if (capture === 'manual') known.held.push(payment);
    };
    return { by: payer, path: '/payments', body, accepted };
  };
  const withdrawal: Maker = async ({ who, target, share, twist }) => {
    const isHasty = twist < 0.6;
    const calm = twist < 0.8 ? merchants : customers;
    const owner = pickOf(isHasty ? merchants.slice(0, hastyCount) : calm, target);
    const { json } = await owner.get(`/wallets/${owner.walletId}`);
    const available = Number(json?.['available_minor'] ?? 0);
    const wanted = isHasty ? available : partOf(available, share / 10);
    const body = {
      ...{ wallet_id: owner.walletId, amount_minor: Math.max(1, wanted), currency },
      destination: who < 0.2 ? unknownBank : 'bank-7',
    };
    return { by: owner, path: '/withdrawals', body };
  };
  const refund: Maker = ({ who, target, share, twist }) => {
    const payment = recentOf(known.payments, Math.sqrt(target), paymentsInMind);
    if (payment === undefined) return null;
    const by = mostly(twist < 0.85 ? payment.payee : support, cast, who);
    const amount = { amount_minor: partOf(payment.amountMinor, share * share) };
    const whole = twist > 0.3 && twist < 0.45;
    const body = { payment_id: payment.id, reason: 'broken', ...(whole ? {} : amount) };
    const accepted = (id: string): void => void known.refunds.push({ id, payment });
    return { by, path: '/refunds', body, accepted };
  };
  const refundCancel: Maker = ({ who, target }) => {
    const found = recentOf(known.refunds, target, refundsInMind);
    if (found === undefined) return null;
    const by = mostly(found.payment.payee, cast, who);
    return { by, path: `/refunds/${found.id}/cancel`, body: { reason: 'sent another' } };
  };
  const topUp: Maker = ({ who, share }) => {
    const owner = pickOf(customers, who);
    const body = { wallet_id: owner.walletId, amount_minor: partOf(usualMinor, share), currency };
    return { by: owner, path: '/top-ups', body };
  };
  const order =
    (what: 'freeze' | 'unfreeze'): Maker =>
    ({ who, target }) => {
      const wallets = what === 'freeze' ? customers : [...known.frozen];
      if (wallets.length === 0) return null;
      const owner = pickOf(wallets, target);
      if (what === 'freeze') known.frozen.add(owner);
      else known.frozen.delete(owner);
      const by = pickOf(operators, who);
      return { by, path: `/wallets/${owner.walletId}/${what}`, body: { reason: `to ${what}` } };
    };
  return {
    payment: (draw: Draw) => pay(draw, 'automatic'),
    authorization: (draw: Draw) => pay(draw, 'manual'),
    ...{ withdrawal, refund, refund_cancel: refundCancel, top_up: topUp },
    ...{ freeze: order('freeze'), unfreeze: order('unfreeze') },
  };
}

function payeeOf({ customers, merchants }: Cast, payer: Resident, { target, twist }: Draw) {
  // The last of them are paid all the time, the first, who are hasty, now and then.
  const merchant = pickOf(merchants, Math.sqrt(target));
  if (twist < 0.85) return merchant;
  const payee = pickOf(customers, target);
  return payee === payer ? merchant : payee;
}

function amountOf({ share, twist }: Draw): number {
  if (twist < 0.05) return reviewMinor;
  return partOf(twist < 0.12 ? largeMinor : usualMinor, share);
}
