import type { Person, Resident } from '../support/api.ts';
import type { Cast } from './cast.ts';
import { mostly, partOf, pickOf, type Draw, type Maker } from './draw.ts';
import { recentOf, type Known } from './known.ts';

/** Few, so that most still wait. */
const heldInMind = 100;

/** What is done to payments that wait: for their payee, or for an analyst. */
export function createPaymentCommands(cast: Cast, known: Known) {
  const onHeld = (draw: Draw, by: (payment: { payer: Resident; payee: Resident }) => Person) => {
    const payment = recentOf(known.held, draw.target, heldInMind);
    return payment && { payment, by: mostly(by(payment), cast, draw.who) };
  };
  const decide =
    (action: 'approve' | 'reject'): Maker =>
    async ({ who, target }) => {
      const analyst = pickOf(cast.analysts, who);
      const { json } = await analyst.get('/fraud/cases?status=open&limit=100');
      const open = (json?.['data'] ?? []) as { id: string }[];
      if (open.length === 0) return null;
      const { id } = pickOf(open, target);
      return { by: analyst, path: `/fraud/cases/${id}/${action}`, body: { reason: 'looked at' } };
    };
  const capture: Maker = (draw) => {
    const found = onHeld(draw, ({ payee }) => payee);
    if (found === undefined) return null;
    const { by, payment } = found;
    const amount = { amount_minor: partOf(payment.amountMinor, draw.share) };
    const body = { ...(draw.twist < 0.7 ? amount : {}), ...(draw.twist < 0.2 ? finally_ : {}) };
    return { by, path: `/payments/${payment.id}/capture`, body };
  };
  const cancel: Maker = (draw) => {
    const found = onHeld(draw, ({ payer, payee }) => (draw.twist < 0.5 ? payer : payee));
    if (found === undefined) return null;
    const path = `/payments/${found.payment.id}/cancel`;
    return { by: found.by, path, body: { reason: 'another day' } };
  };
  return { capture, cancel, approve: decide('approve'), reject: decide('reject') };
}

const finally_ = { final: true };
