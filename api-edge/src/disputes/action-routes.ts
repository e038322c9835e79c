import {
  decideDispute,
  disputePolicy,
  disputePolicyOf,
  findDispute,
  findDisputedPayment,
  findMerchantTerms,
} from '@wallet/core-ledger';
import type { DisputeAction, DisputeActor, DisputeView } from '@wallet/core-ledger';
import { topics, type DisputeIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import { isRefusal, type Caller } from '../http/call.ts';
import { fields } from '../http/fields.ts';
import type { Route } from '../http/route.ts';
import { isProblemCode, refuse, refuseField, type ProblemCode, type Refusal } from '../problems.ts';
import { maySeeDispute } from './dispute.ts';
import { openingErrors, type DisputeDependencies } from './routes.ts';

const reason = fields
  .text(500)
  .optional()
  .meta({ description: 'Kept in the history of the dispute.' });

const simple = z.strictObject({ reason }).meta({ id: 'DisputeActionRequest' });

const decisionRequest = z
  .strictObject({
    outcome: z.enum(['won', 'lost', 'partial']).meta({ description: "Won and lost: the payee's." }),
    amount_minor: fields
      .amount()
      .optional()
      .meta({ description: 'Minor units; of a partial decision, what the payer gets.' }),
    reason: fields.text(500),
  })
  .meta({ id: 'DisputeDecisionRequest' });

type Simple = {
  action: Exclude<DisputeAction, 'decision' | 'evidence'>;
  summary: string;
  description: string;
  errors: readonly ProblemCode[];
};

const simpleActions: readonly Simple[] = [
  {
    action: 'submit',
    summary: 'Answer a dispute with the evidence so far',
    description: 'For the payee, until `due_by`. No evidence is taken after it.',
    errors: ['evidence_window_closed'],
  },
  {
    action: 'accept',
    summary: 'Give in to a chargeback',
    description: 'For the payee: the disputed amount becomes the payer’s.',
    errors: [],
  },
  {
    action: 'withdraw',
    summary: 'Give up a dispute, or an appeal',
    description: 'For the payer, or support in his place; an appeal, for who made it.',
    errors: [],
  },
  {
    action: 'escalate',
    summary: 'Turn an inquiry into a chargeback',
    description: 'For the payer, or support in his place. The disputed amount is set aside.',
    errors: openingErrors,
  },
  {
    action: 'appeal',
    summary: 'Appeal a decision',
    description: 'For who lost by it, once, until `appeal_until`. Another operator decides.',
    errors: ['appeal_window_closed', 'already_appealed', 'already_disputed'],
  },
];

const operation = {
  ...({ method: 'post', tag: 'disputes', idempotent: true, fromTicket: true } as const),
  params: z.object({ id: fields.id() }),
  responses: actionResponses('dispute'),
} as const;

/** What the parties and operators do to disputes. */
export function disputeActionRoutes(route: Route, dependencies: DisputeDependencies): void {
  const { accept } = dependencies;
  for (const { action, summary, description, errors } of simpleActions) {
    const kind = disputeActionKind(dependencies, action);
    route({
      ...operation,
      ...{
        path: `/disputes/{id}/${action}`,
        summary,
        description,
        scope: 'disputes:write' as const,
      },
      body: simple,
      errors: [...actionErrors, ...errors],
      async handler(call) {
        const acted = await findActed(dependencies, call.caller, call.params.id, action);
        if (isRefusal(acted)) return acted;
        const intent = intentOf(action, acted, call.caller, { reason: call.body.reason ?? null });
        return accept(call, { kind, intent, objection: acted.objection });
      },
    });
  }
  decisionRoute(route, dependencies);
}

function decisionRoute(route: Route, dependencies: DisputeDependencies): void {
  const { accept } = dependencies;
  const kind = disputeActionKind(dependencies, 'decision');
  route({
    ...operation,
    path: '/disputes/{id}/decision',
    summary: 'Decide a dispute',
    description:
      'For operators. Above what the terms of the merchant say it takes two: the decision of the ' +
      'first waits (`second_decision_needed`) until another asks for the same; who asks for ' +
      'something else begins anew. An appeal is decided by somebody who did not decide before.',
    scope: 'disputes:decide',
    body: decisionRequest,
    errors: ['invalid_state', 'same_person', 'award_out_of_range', 'invalid_amount'],
    async handler(call) {
      const { caller, body } = call;
      const dispute = await findOwnDispute(dependencies, caller, call.params.id);
      if (isRefusal(dispute)) return dispute;
      const awardedMinor = awardOf(dispute, body);
      if (awardedMinor === null) return refuseField('award_out_of_range', '/amount_minor');
      const { id } = call.params;
      const acted = await findActed(dependencies, caller, id, 'decision', awardedMinor);
      if (isRefusal(acted)) return acted;
      const intent = intentOf('decision', acted, caller, { reason: body.reason, awardedMinor });
      return accept(call, { kind, intent, objection: acted.objection });
    },
  });
}

/** How much is the payer's; null where the outcome and the amount do not go together. */
function awardOf(
  { amountMinor }: DisputeView,
  { outcome, amount_minor: amount }: z.output<typeof decisionRequest>,
): bigint | null {
  if (outcome !== 'partial') {
    if (amount !== undefined) return null;
    return outcome === 'won' ? 0n : amountMinor;
  }
  const awarded = BigInt(amount ?? 0);
  return awarded > 0n && awarded < amountMinor ? awarded : null;
}

/** The kind of an action on a dispute, for whoever accepts one. */
export function disputeActionKind({ db }: DisputeDependencies, action: DisputeAction) {
  return createActionKind<DisputeIntent>({
    ...{ db, noun: 'dispute', kind: action, topic: topics.disputeIntents },
    nounIdOf: ({ dispute_id }) => dispute_id,
  });
}

/** The dispute, if the caller may see it. */
export async function findOwnDispute(
  { db }: DisputeDependencies,
  caller: Caller,
  id: string,
): Promise<DisputeView | Refusal> {
  const dispute = await findDispute(db.knex, id.toLowerCase());
  const parties = dispute === null ? [] : [dispute.payerId, dispute.payeeId];
  return dispute !== null && maySeeDispute(caller, parties) ? dispute : refuse('not_found');
}

type Acted = { dispute: DisputeView; objection: Refusal | null };

/** The dispute, and what stands against the action as far as committed state tells. */
export async function findActed(
  dependencies: DisputeDependencies,
  caller: Caller,
  id: string,
  action: DisputeAction,
  awardedMinor = 0n,
): Promise<Acted | Refusal> {
  const dispute = await findOwnDispute(dependencies, caller, id);
  if (isRefusal(dispute)) return dispute;
  const payment = await findDisputedPayment(dependencies.db.knex, dispute.paymentId);
  if (payment === null) return refuse('not_found');
  const terms = await findMerchantTerms(dependencies.db.knex, dispute.payeeWalletId);
  const by = actorOf(dispute, caller);
  const command = { action, by, actorId: caller.userId, awardedMinor, atMs: Date.now() };
  const decided = decideDispute(dispute, command, {
    ...{ payment, policy: terms === null ? disputePolicy : disputePolicyOf(terms) },
    // What becomes of money is not asked here, and what closed wallets forbid the ledger finds.
    wallets: { payeeKind: 'merchant', closed: { payer: false, payee: false } },
  });
  if (decided.ok) return { dispute, objection: null };
  if (decided.reason === 'not_allowed_for_party') return refuse('not_allowed_for_party');
  const extensions = { dispute_status: dispute.status };
  const objection = isProblemCode(decided.reason) ? refuse(decided.reason, { extensions }) : null;
  return { dispute, objection };
}

function actorOf(dispute: DisputeView, { role, userId }: Caller): DisputeActor {
  if (role === 'operator' || role === 'support') return role;
  return dispute.payeeId === userId ? 'payee' : 'payer';
}

export function intentOf(
  kind: DisputeAction,
  { dispute }: Acted,
  caller: Caller,
  asked: {
    reason: string | null;
    awardedMinor?: bigint;
    evidence?: DisputeIntent['evidence'];
  },
) {
  return (given: { id: string; payloadHash: Buffer; acceptedAtMs: number }): DisputeIntent => ({
    ...{ intent_id: given.id, caller_id: caller.userId, actor_role: caller.role, kind },
    ...{ dispute_id: dispute.id, payment_id: dispute.paymentId, currency: dispute.currency },
    ...{ amount_minor: asked.awardedMinor ?? 0n, stage: null, reason: asked.reason },
    ...{ description: null, evidence: asked.evidence ?? null },
    ...{ payload_hash: given.payloadHash, accepted_at: given.acceptedAtMs },
  });
}
