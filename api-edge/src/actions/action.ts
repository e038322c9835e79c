import { findAction, type ActionNoun, type ActionView, type Database } from '@wallet/core-ledger';
import { z } from 'zod';
import { fields } from '../http/fields.ts';
import type { IntentNoun } from '../intents/intent-ids.ts';
import type { AnyIntent, IntentKind } from '../intents/intent-noun.ts';

/** An action on a noun as the contract shows it: `payment_action` with its `payment_id`. */
export function actionSchemaOf<const Noun extends ActionNoun>(noun: Noun) {
  return z
    .strictObject({
      id: fields.id(),
      object: z.literal(`${noun}_action`),
      action: fields.word('capture'),
      [`${noun}_id`]: fields.id(),
      status: z.enum(['pending', 'succeeded', 'failed']),
      amount_minor: fields.shownAmount().nullable().meta({ description: 'As asked for.' }),
      failure_code: fields.word('authorization_expired').nullable(),
      created_at: fields.time(),
      updated_at: fields.time(),
    })
    .meta({ id: `${noun.charAt(0).toUpperCase()}${noun.slice(1)}Action` });
}

/** Answers an action; what it was done to stands under the name of its noun. */
export type Action = {
  id: string;
  object: string;
  action: string;
  status: 'pending' | 'succeeded' | 'failed';
  amount_minor: number | null;
  failure_code: string | null;
  created_at: string;
  updated_at: string;
};

/** What the intent of an action says beyond what all say. */
type ActionIntent = AnyIntent & { readonly amount_minor: bigint };

/** Actions of one kind, for accepting, waiting and reading. */
export function createActionKind<Intent extends ActionIntent>(of: {
  db: Database;
  noun: ActionNoun;
  kind: IntentNoun;
  topic: IntentKind<Intent, Action>['topic'];
  /** The object it is done to. */
  nounIdOf(intent: Intent): string;
  /** What keeps its order; absent: the actions on one object. */
  keyOf?(intent: Intent): string;
}): IntentKind<Intent, Action> {
  const { db, noun, kind, topic, nounIdOf, keyOf = nounIdOf } = of;
  return {
    noun: kind,
    path: '/actions',
    topic,
    keyOf,
    partiesOf: (intent) => [intent.caller_id],
    maySee: (caller, parties) => parties.includes(caller.userId),
    first(intent) {
      const at = new Date(intent.accepted_at);
      return shownAction({
        ...{ id: intent.intent_id, action: kind, noun, nounId: nounIdOf(intent) },
        ...{ status: 'pending', failureCode: null, amountMinor: intent.amount_minor },
        ...{ createdAt: at, updatedAt: at },
      });
    },
    async find(id) {
      const view = await findAction(db.knex, id);
      return view === null ? null : { shown: shownAction(view), parties: [view.actorId] };
    },
    isUndecided: ({ status }) => status === 'pending',
  };
}

/** An action as its caller sees it. */
export function shownAction(
  view: Omit<ActionView, 'status' | 'actorId'> & { status: Action['status'] },
): Action {
  return {
    id: view.id,
    object: `${view.noun}_action`,
    action: view.action,
    [`${view.noun}_id`]: view.nounId,
    status: view.status,
    amount_minor: view.amountMinor === 0n ? null : Number(view.amountMinor),
    failure_code: view.failureCode,
    created_at: view.createdAt.toISOString(),
    updated_at: view.updatedAt.toISOString(),
  };
}
