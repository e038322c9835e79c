import { businessCalendar, endOfBusinessDay } from './business-calendar.ts';
import type { DisputeCommand, DisputeContext, DisputeDecision, DisputeRefusal } from './command.ts';
import type {
  Dispute,
  DisputeActor,
  DisputeEventName,
  DisputeSide,
  DisputeStatus,
} from './dispute.ts';
import { feeOf } from './opening.ts';
import { positionAtEnd } from './position.ts';

/** Whom an actor speaks for: support for the payer. */
export function sideOf(actor: DisputeActor): DisputeSide | null {
  if (actor === 'payee') return 'payee';
  return actor === 'payer' || actor === 'support' ? 'payer' : null;
}

/** Ends in the status that says how much of the disputed amount is the payer's. */
export function award(
  dispute: Dispute,
  awarded: bigint,
  command: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  if (awarded === 0n) return end(dispute, 'won', awarded, command, context);
  const status = awarded === dispute.amountMinor ? 'lost' : 'partially_won';
  return end(dispute, status, awarded, command, context);
}

const appealable: readonly DisputeStatus[] = ['won', 'lost', 'partially_won', 'expired'];

export function end(
  dispute: Dispute,
  status: Exclude<DisputeStatus, 'opened' | 'answered' | 'needs_response' | 'failed'>,
  awarded: bigint,
  { by, actorId, atMs }: DisputeCommand,
  { wallets, policy }: DisputeContext,
): DisputeDecision {
  const mayAppeal = appealable.includes(status) && dispute.appealedBy === null;
  // What was taken with the claim, whatever was agreed since.
  const taken = dispute.position.fee;
  const claimed = taken > 0n ? taken : feeOf(wallets, policy);
  const fee = dispute.stage === 'inquiry' ? 0n : claimed;
  return changed(dispute, `dispute.${status}`, {
    ...{ status, dueAtMs: null, decidedAtMs: atMs },
    position: positionAtEnd(status, awarded, fee),
    decidedBy: by === 'operator' ? actorId : dispute.decidedBy,
    appealUntilMs: mayAppeal ? endOfBusinessDay(atMs, policy.appealDays, businessCalendar) : null,
  });
}

export function changed(
  dispute: Dispute,
  event: DisputeEventName,
  change: Partial<Dispute>,
): DisputeDecision {
  const version = dispute.version + 1;
  return { ok: true, dispute: { ...dispute, proposal: null, ...change, version }, event };
}

export function refused(reason: DisputeRefusal): DisputeDecision {
  return { ok: false, reason };
}
