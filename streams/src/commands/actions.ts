import { createActionWriter, deriveId } from '@wallet/core-ledger';
import type { ActionNoun, IntentKind } from '@wallet/core-ledger';
import { topics } from '@wallet/schemas';
import type { InboundRecord } from '@wallet/schemas';
import { carried } from '../posting/carried.ts';
import type { Desk, Settled, Writer } from '../posting/kind.ts';

/** What the intent of an action says, whatever its topic. */
export type ActionIntent = {
  readonly intent_id: string;
  readonly caller_id: string;
  readonly amount_minor: bigint;
  readonly accepted_at: number;
};

/** An action as it was decided. `told` are the members of its event that concern a wallet. */
export type DecidedAct = {
  readonly kind: IntentKind;
  readonly noun: ActionNoun;
  readonly nounId: string;
  /** Null when it succeeded. */
  readonly code: string | null;
  readonly told: { walletId: string; ownerId: string; currency: string };
};

/** Keeps what became of actions, and tells it under the id that a client waits for. */
export type ActionBook = Writer & {
  record(intent: ActionIntent, record: InboundRecord, act: DecidedAct): Settled;
};

export function createActionBook({ codec, clock, outbox }: Desk): ActionBook {
  const actions = createActionWriter();
  return {
    reset: () => actions.reset(),
    statements: () => actions.statements(),
    record(intent, record, { kind, noun, nounId, code, told }) {
      const { intent_id: id, amount_minor: amountMinor, accepted_at: acceptedAtMs } = intent;
      const status = code === null ? 'succeeded' : 'failed';
      actions.add({
        ...{ id, action: kind, noun, nounId, status, failureCode: code, amountMinor },
        ...{ actorId: intent.caller_id, acceptedAtMs },
      });
      const type = `${kind}.${status}`;
      const eventId = deriveId(acceptedAtMs, id, type, 1);
      const payload = codec.encode(topics.walletEvents, {
        ...{ event_id: eventId, type, object_id: id, noun, noun_id: nounId },
        ...{ wallet_id: told.walletId, owner_id: told.ownerId },
        ...{ amount_minor: amountMinor, currency: told.currency, failure_code: code },
        occurred_at: clock.nowMs(),
      });
      const event = { eventId, partition: null, key: id, payload, headers: carried(record) };
      outbox.add(topics.walletEvents.name, event);
      return { kind, outcome: status, code, acceptedAtMs };
    },
  };
}
