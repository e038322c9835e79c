import type { Person } from '../support/api.ts';
import type { Cast } from './cast.ts';
import { mostly, partOf, pickOf, type Draw, type Maker } from './draw.ts';
import { paymentsInMind, recentOf, type Case, type Known } from './known.ts';

/** For the first of them the payer has the money while the dispute runs. */
const reasons = ['fraudulent', 'not_received', 'not_as_described', 'duplicate', 'other'];
/** Few, so that most are still open. */
const disputesInMind = 40;
const outcomes = ['won', 'lost', 'partial'] as const;

type Body = (draw: Draw, found: Case) => object;

/** Opening disputes, and all that is done to them. */
export function createDisputeCommands(cast: Cast, known: Known) {
  const dispute: Maker = ({ who, target, share, twist }) => {
    const payment = recentOf(known.payments, Math.sqrt(target), paymentsInMind);
    if (payment === undefined) return null;
    const by = mostly(twist < 0.9 ? payment.payer : cast.support, cast, who);
    const amount = { amount_minor: partOf(payment.amountMinor, share) };
    const body = {
      ...{ payment_id: payment.id, reason: pickOf(reasons, share), description: 'Not so.' },
      ...{ stage: twist < 0.35 ? 'inquiry' : 'chargeback', ...(who < 0.6 ? amount : {}) },
    };
    const accepted = (id: string): void => void known.disputes.push({ id, payment });
    return { by, path: '/disputes', body, accepted };
  };
  const act =
    (action: string, by: (found: Case, draw: Draw) => Person, bodyOf: Body = reasoned): Maker =>
    (draw) => {
      const found = recentOf(known.disputes, draw.target, disputesInMind);
      if (found === undefined) return null;
      const path = `/disputes/${found.id}/${action}`;
      return { by: by(found, draw), path, body: bodyOf(draw, found) };
    };
  const payee = ({ payment }: Case, { who }: Draw) => mostly(payment.payee, cast, who);
  const payer = ({ payment }: Case, { who }: Draw) => mostly(payment.payer, cast, who);
  const either = ({ payment }: Case, { twist }: Draw) =>
    twist < 0.5 ? payment.payer : payment.payee;
  return {
    dispute,
    evidence: act('evidence', either, evidenceOf),
    submit: act('submit', payee),
    accept: act('accept', payee),
    withdraw: act('withdraw', payer),
    escalate: act('escalate', payer),
    decision: act('decision', (_, { who }) => pickOf(cast.operators, who), decisionOf),
    appeal: act('appeal', either),
  };
}

function reasoned(): object {
  return { reason: 'so it is' };
}

function evidenceOf({ share }: Draw): object {
  const content = `It was delivered on day ${Math.floor(share * 30)}.`;
  return { kind: 'text', name: 'note.txt', content_type: 'text/plain', content };
}

function decisionOf({ twist, share }: Draw, { payment }: Case): object {
  const outcome = pickOf(outcomes, twist);
  const award = outcome === 'partial' ? { amount_minor: partOf(payment.amountMinor, share) } : {};
  return { outcome, reason: 'as the evidence says', ...award };
}
