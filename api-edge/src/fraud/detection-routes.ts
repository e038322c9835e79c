import {
  findRuleSet,
  loadRuleSet,
  type Database,
  type RuleSet,
  type ScreenedPayment,
} from '@wallet/core-ledger';
import type { Clock } from '@wallet/runtime';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { paymentContext } from '../payments/context.ts';
import { refuse, refuseField, type Refusal } from '../problems.ts';
import type { FindWallet } from '../wallets/find-wallet.ts';
import { decisionSchema, shownDecision } from './decision.ts';
import type { FraudDesk } from './desk.ts';

export type DetectionDependencies = {
  db: Database;
  findWallet: FindWallet;
  fraudDesk: FraudDesk;
  clock: Clock;
};

const requestSchema = z
  .strictObject({
    payer_wallet_id: fields.id(),
    payee_wallet_id: fields.id(),
    amount_minor: fields.amount(),
    currency: fields.currency(),
    capture: z.enum(['automatic', 'manual']).default('automatic'),
    reference: fields.text(64).optional(),
    context: paymentContext().optional(),
    ruleset_id: fields
      .id()
      .optional()
      .meta({ description: 'Decides by this set, a draft too; without it by the live set.' }),
  })
  .meta({ id: 'DetectionRequest' });
type DetectionRequest = z.output<typeof requestSchema>;

/** Trying one payment: what would become of it now. */
export function detectionRoutes(route: Route, dependencies: DetectionDependencies): void {
  const { db, fraudDesk } = dependencies;
  route({
    method: 'post',
    path: '/fraud_detection',
    tag: 'fraud',
    summary: 'Try a payment on the rules',
    description:
      'Decided by the code that decides payments, with their counters and lists as they are now. ' +
      'Nothing is counted and nothing moves.',
    scope: 'fraud:detect',
    idempotent: false,
    body: requestSchema,
    responses: { 200: { description: 'What would be decided.', schema: decisionSchema } },
    errors: [
      ...(['invalid_amount', 'unsupported_currency', 'same_account', 'currency_mismatch'] as const),
      ...(['wallet_not_found', 'invalid_rules', 'unavailable'] as const),
    ],
    async handler({ body }) {
      const dryRun = fraudDesk.dryRun();
      if (dryRun === null) return refuse('unavailable');
      const payment = await wouldBePayment(dependencies, body);
      if ('problem' in payment) return payment;
      const chosen = await chosenRules(db, body.ruleset_id);
      if (chosen !== undefined && 'problem' in chosen) return chosen;
      const { decision, ruleSet } = await dryRun.decide(payment, chosen);
      return { status: 200, body: shownDecision(decision, ruleSet.rules) };
    },
  });
}

async function chosenRules(
  db: Database,
  id: string | undefined,
): Promise<RuleSet | Refusal | undefined> {
  if (id === undefined) return undefined;
  const stored = await findRuleSet(db.knex, id);
  if (stored === null) return refuseField('not_found', '/ruleset_id');
  const loaded = loadRuleSet(stored.rules);
  return loaded.ok ? loaded.ruleSet : refuse('invalid_rules');
}

async function wouldBePayment(
  { findWallet, clock }: DetectionDependencies,
  body: DetectionRequest,
): Promise<ScreenedPayment | Refusal> {
  const { payer_wallet_id, payee_wallet_id, currency, capture, context } = body;
  const payer = await findWallet(payer_wallet_id);
  if (payer === undefined) return refuseField('wallet_not_found', '/payer_wallet_id');
  if (payer_wallet_id === payee_wallet_id) return refuseField('same_account', '/payee_wallet_id');
  const payee = await findWallet(payee_wallet_id);
  if (payee === undefined) return refuseField('wallet_not_found', '/payee_wallet_id');
  if (payer.currency !== currency || payee.currency !== currency)
    return refuse('currency_mismatch');
  return {
    ...{ payer_id: payer.ownerId, payee_id: payee.ownerId, payer_wallet_id, payee_wallet_id },
    ...{ amount_minor: BigInt(body.amount_minor), currency, capture },
    ...{ reference: body.reference ?? null, accepted_at: clock.nowMs() },
    context: {
      ...{ ip: context?.ip ?? null, device_id: context?.device_id ?? null },
      ...{ card_bin: context?.card_bin ?? null, country: context?.country ?? null },
      card_fingerprint: context?.card_fingerprint ?? null,
    },
  };
}
