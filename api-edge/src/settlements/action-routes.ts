import {
  findSettlement,
  findSettlementWindow,
  listSettlementWindows,
  type Database,
  type WindowView,
} from '@wallet/core-ledger';
import { topics, type SettlementIntent } from '@wallet/schemas';
import { z } from 'zod';
import { createActionKind } from '../actions/action.ts';
import { actionErrors, actionResponses } from '../actions/routes.ts';
import type { Answer, Call } from '../http/call.ts';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse, type Refusal } from '../problems.ts';
import type { SettlementDependencies } from './routes.ts';
import type { SettlementShown } from './settlement.ts';

export type SettlementActionDependencies = SettlementDependencies & { cursors: Cursors };

const reason = fields.text(500).meta({ description: 'Kept in the history.', example: 'Checked' });
const approvalRequest = z
  .strictObject({ reason: reason.optional() })
  .meta({ id: 'SettlementApproval' });
const transitionRequest = z
  .strictObject({
    to: z.enum(['submitted', 'settled', 'failed', 'returned', 'aborted']),
    amount_minor: fields
      .amount()
      .optional()
      .meta({ description: 'Of what the bank has paid or sent back; without it, all of it.' }),
    reference: fields.text(140).optional().meta({ description: 'The bank’s, to be found again.' }),
    reason,
  })
  .meta({ id: 'SettlementTransition' });

const operate = { tag: 'settlements', scope: 'settlements:operate' } as const;
const params = z.object({ id: fields.id() });

type Transition = Pick<z.output<typeof transitionRequest>, 'to' | 'amount_minor' | 'reference'> & {
  reason?: string | undefined;
};

/** What operators do with batches and windows. */
export function settlementActionRoutes(
  route: Route,
  dependencies: SettlementActionDependencies,
): void {
  route({
    ...{ ...operate, method: 'post', path: '/settlements/{id}/approve', idempotent: true, params },
    summary: 'Approve a batch',
    description: 'By another operator than the one who made it; it goes to the bank.',
    body: approvalRequest,
    responses: actionResponses('settlement'),
    errors: [actionErrors[0], 'same_person'],
    handler: (call) => change(dependencies, call, { to: 'submitted', ...call.body }),
  });
  route({
    ...{ ...operate, method: 'post', path: '/settlements/{id}/transitions' },
    ...{ idempotent: true, params, body: transitionRequest },
    summary: 'Say what became of a batch',
    description:
      '`submitted` approves it, `aborted` takes it back before; `settled`, `failed` and ' +
      '`returned` are what the bank says. What comes back is carried over to the next batch.',
    responses: actionResponses('settlement'),
    errors: [actionErrors[0], 'same_person'],
    handler: (call) => change(dependencies, call, call.body),
  });
  windowRoutes(route, dependencies);
}

async function change(
  { db, accept, show, settlements, findWallet }: SettlementActionDependencies,
  call: Call<unknown, unknown, { id: string }>,
  { to, amount_minor: amount, reference, reason: why }: Transition,
): Promise<Answer> {
  const { caller } = call;
  const shown = await show(caller, settlements, call.params.id);
  if ('problem' in shown) return shown;
  const settlement = shown.body as SettlementShown;
  const wallet = await findWallet(settlement.merchant_wallet_id);
  return accept(call, {
    kind: transitionKind(db),
    objection: await objectionTo(db, settlement, { to, callerId: caller.userId }),
    intent: ({ id, payloadHash, acceptedAtMs }): SettlementIntent => ({
      ...{ ...noObject, intent_id: id, caller_id: caller.userId, actor_role: caller.role },
      ...{ kind: 'settlement_transition', settlement_id: settlement.id, target: to },
      ...{ wallet_id: settlement.merchant_wallet_id, owner_id: wallet?.ownerId ?? '' },
      ...{ amount_minor: BigInt(amount ?? 0), currency: settlement.currency },
      ...{ reference: reference ?? null, reason: why ?? null },
      ...{ payload_hash: payloadHash, accepted_at: acceptedAtMs },
    }),
  });
}

async function objectionTo(
  { knex }: Database,
  { id, status }: SettlementShown,
  { to, callerId }: { to: Transition['to']; callerId: string },
): Promise<Refusal | null> {
  const extensions = { settlement_status: status };
  if (!mayFollow[to].includes(status)) return refuse('invalid_state', { extensions });
  if (to !== 'submitted') return null;
  const made = await findSettlement(knex, id);
  return made?.createdBy === callerId ? refuse('same_person') : null;
}

/** As far as committed state tells; the ledger asks again under the merchant's locks. */
const mayFollow: Readonly<Record<Transition['to'], readonly string[]>> = {
  submitted: ['pending_approval'],
  aborted: ['pending_approval'],
  settled: ['submitted', 'partially_settled'],
  failed: ['submitted'],
  returned: ['submitted', 'partially_settled', 'settled'],
};

const noObject = {
  ...{ settlement_id: null, wallet_id: null, owner_id: null, payment_id: null, window_id: null },
  ...{ target: null, amount_minor: 0n, reference: null, lines: [] },
} as const;

function transitionKind(db: Database) {
  return createActionKind<SettlementIntent>({
    ...{ db, noun: 'settlement', kind: 'settlement_transition', topic: topics.settlementIntents },
    nounIdOf: ({ settlement_id, intent_id }) => settlement_id ?? intent_id,
  });
}

const windowSchema = z
  .strictObject({
    id: fields.id(),
    object: z.literal('settlement_window'),
    status: z.enum(['open', 'closed', 'in_batch', 'settled']),
    currency: fields.shownCurrency(),
    opens_at: fields.time(),
    closes_at: fields.time().meta({ description: 'When its time is over.' }),
    closed_at: fields.time().nullable(),
  })
  .meta({ id: 'SettlementWindow' });

const windowQuery = pageQuery.extend({
  currency: fields.currency().optional().meta({ description: 'Only of this currency.' }),
});

function windowRoutes(route: Route, dependencies: SettlementActionDependencies): void {
  const { db, accept } = dependencies;
  route({
    ...{ ...operate, method: 'get', path: '/settlement-windows', idempotent: false },
    ...{ summary: 'List windows', description: 'Newest first.', query: windowQuery },
    responses: { 200: { description: 'A page.', schema: pageOf(windowSchema, 'WindowPage') } },
    errors: ['invalid_cursor'],
    handler: ({ query }) => listWindows(dependencies, query),
  });
  route({
    ...{ ...operate, method: 'post', path: '/settlement-windows/{id}/close' },
    ...{ idempotent: true, params, body: approvalRequest },
    summary: 'Close a window before its time',
    description: 'The next one opens at once; every merchant who has something gets a batch.',
    responses: actionResponses('settlement_window'),
    errors: [actionErrors[0]],
    async handler(call) {
      const { caller } = call;
      const window = await findSettlementWindow(db.knex, call.params.id.toLowerCase());
      if (window === null) return refuse('not_found');
      return accept(call, {
        kind: createActionKind<SettlementIntent>({
          ...{ db, noun: 'settlement_window', kind: 'settlement_window_close' },
          topic: topics.settlementIntents,
          nounIdOf: ({ window_id, intent_id }) => window_id ?? intent_id,
        }),
        objection: window.closedAtMs === null ? null : refuse('invalid_state'),
        intent: ({ id, payloadHash, acceptedAtMs }): SettlementIntent => ({
          ...{ ...noObject, intent_id: id, caller_id: caller.userId, actor_role: caller.role },
          ...{ kind: 'settlement_window_close', window_id: window.id, currency: window.currency },
          ...{ reason: call.body.reason ?? null },
          ...{ payload_hash: payloadHash, accepted_at: acceptedAtMs },
        }),
      });
    },
  });
}

async function listWindows(
  { db, cursors }: SettlementActionDependencies,
  query: z.output<typeof windowQuery>,
): Promise<Answer> {
  const { currency = null, ...page } = query;
  return answerPage(cursors, {
    ...{ scope: `settlement windows|${currency ?? ''}`, page, shown: shownWindow },
    positionOf: ({ opensAtMs, id }) => ({ opensAtMs, id }),
    load: (before, limit) => listSettlementWindows(db.knex, { currency, limit, before }),
  });
}

function shownWindow(window: WindowView): z.output<typeof windowSchema> {
  const at = (ms: number): string => new Date(ms).toISOString();
  return {
    ...{ id: window.id, object: 'settlement_window', status: window.status },
    ...{ currency: window.currency, opens_at: at(window.opensAtMs) },
    ...{ closes_at: at(window.closesAtMs) },
    closed_at: window.closedAtMs === null ? null : at(window.closedAtMs),
  };
}
