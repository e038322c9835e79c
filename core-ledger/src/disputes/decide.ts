import { businessCalendar, endOfBusinessDay } from './business-calendar.ts';
import type { DisputeCommand, DisputeContext, DisputeDecision } from './command.ts';
import { disputeTable } from './dispute.ts';
import type { Dispute, DisputeRow, DisputeStatus } from './dispute.ts';
import { claimOf, refusalOfOpening } from './opening.ts';
import type { DisputePolicy } from './policy.ts';
import { award, changed, end, refused, sideOf } from './steps.ts';

/** Decides what becomes of a dispute. Posts nothing: positions say what is to be moved. */
export function decideDispute(
  dispute: Dispute,
  command: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  const { action, by } = command;
  if (action === 'evidence') return addEvidence(dispute, command, context.policy);
  const rows = rowsOf(dispute, action);
  if (action === 'appeal' && dispute.appealedBy !== null) return refused('already_appealed');
  if (rows.length === 0) return refused('invalid_state');
  if (!rows.some((row) => row.by.includes(by))) return refused('not_allowed_for_party');
  switch (action) {
    case 'submit':
      return submit(dispute, command, context);
    case 'accept':
      return end(dispute, 'accepted', dispute.amountMinor, command, context);
    case 'withdraw':
      return withdraw(dispute, command, context);
    case 'escalate':
      return escalate(dispute, command, context);
    case 'decision':
      return decision(dispute, command, context);
    case 'appeal':
      return appeal(dispute, command, context);
    case 'refund':
      return end(dispute, 'closed', 0n, command, context);
    case 'deadline':
      return overdue(dispute, command, context);
  }
}

function rowsOf({ status }: Dispute, action: DisputeCommand['action']): DisputeRow[] {
  return disputeTable.rows.filter((row) => row.from === status && row.action === action);
}

const collecting: readonly DisputeStatus[] = ['opened', 'needs_response', 'under_appeal'];

function addEvidence(
  dispute: Dispute,
  { by, atMs }: DisputeCommand,
  { evidencePieces }: DisputePolicy,
): DisputeDecision {
  const side = sideOf(by);
  if (side === null) return refused('not_allowed_for_party');
  const isOpen = collecting.includes(dispute.status) && atMs <= (dispute.dueAtMs ?? 0);
  if (!isOpen) return refused('evidence_window_closed');
  const pieces = dispute.evidence[side] + 1;
  if (pieces > evidencePieces) return refused('evidence_limit_reached');
  const evidence = { ...dispute.evidence, [side]: pieces };
  const version = dispute.version + 1;
  return { ok: true, dispute: { ...dispute, evidence, version }, event: null };
}

function submit(
  dispute: Dispute,
  { atMs }: DisputeCommand,
  { policy }: DisputeContext,
): DisputeDecision {
  // The timer has not come round to it yet; what is late is late.
  if (atMs > (dispute.dueAtMs ?? 0)) return refused('evidence_window_closed');
  const isInquiry = dispute.stage === 'inquiry';
  const days = isInquiry ? policy.escalationDays : policy.reviewDays;
  return changed(dispute, isInquiry ? 'dispute.answered' : 'dispute.submitted', {
    status: isInquiry ? 'answered' : 'under_review',
    dueAtMs: endOfBusinessDay(atMs, days, businessCalendar),
  });
}

function withdraw(
  dispute: Dispute,
  command: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  if (dispute.status !== 'under_appeal') return end(dispute, 'withdrawn', 0n, command, context);
  if (sideOf(command.by) !== dispute.appealedBy) return refused('not_allowed_for_party');
  return award(dispute, dispute.position.awarded, command, context);
}

/** The question becomes a claim; it must still be one that could be opened now. */
function escalate(
  dispute: Dispute,
  { atMs }: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  const { payment, policy, wallets } = context;
  const { amountMinor, openedAtMs } = dispute;
  const asked = { amountMinor, acceptedAtMs: openedAtMs };
  const refusal = refusalOfOpening({ ...payment, hasOpenDispute: false }, asked, policy);
  if (refusal !== null) return refused(refusal.reason);
  if (wallets.closed.payee) return refused('account_closed');
  return changed(dispute, 'dispute.escalated', {
    ...{ stage: 'chargeback', status: 'needs_response' },
    position: claimOf(dispute, context),
    dueAtMs: endOfBusinessDay(atMs, policy.responseDays, businessCalendar),
  });
}

/** Two people must ask for the same above the limit; who asks for something else begins anew. */
function decision(
  dispute: Dispute,
  command: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  const { actorId, awardedMinor = 0n } = command;
  const { amountMinor, proposal, position } = dispute;
  const lowest = dispute.appealedBy === 'payer' ? position.awarded : 0n;
  const highest = dispute.appealedBy === 'payee' ? position.awarded : amountMinor;
  if (awardedMinor < lowest || awardedMinor > highest) return refused('award_out_of_range');
  // Nobody judges an appeal against himself.
  if (actorId === null || actorId === dispute.decidedBy) return refused('same_person');
  if (amountMinor <= context.policy.secondPersonAboveMinor) {
    return award(dispute, awardedMinor, command, context);
  }
  const isSame = proposal?.awardedMinor === awardedMinor;
  if (isSame && proposal.by === actorId) return refused('same_person');
  if (isSame) return award(dispute, awardedMinor, command, context);
  const version = dispute.version + 1;
  const proposed = { ...dispute, version, proposal: { by: actorId, awardedMinor } };
  return { ok: true, dispute: proposed, event: null };
}

/** The loser of a decision appeals; the payer's claim is set aside again. */
function appeal(dispute: Dispute, { by, atMs }: DisputeCommand, context: DisputeContext) {
  const { payment, policy, wallets } = context;
  const { amountMinor, position } = dispute;
  const side = sideOf(by);
  if (atMs > (dispute.appealUntilMs ?? 0)) return refused('appeal_window_closed');
  const claimed = side === 'payer' ? amountMinor - position.awarded : 0n;
  if (payment.hasOpenDispute) return refused('already_disputed');
  const left = payment.capturedMinor - payment.refundedMinor - payment.disputedMinor;
  if (claimed > left) return refused('dispute_exceeds_remaining');
  if (claimed > 0n && wallets.closed.payee) return refused('account_closed');
  return changed(dispute, 'dispute.appealed', {
    ...{ status: 'under_appeal', appealedBy: side, appealUntilMs: null },
    position: { ...position, reserved: claimed },
    dueAtMs: endOfBusinessDay(atMs, policy.reviewDays, businessCalendar),
  });
}

function overdue(
  dispute: Dispute,
  command: DisputeCommand,
  context: DisputeContext,
): DisputeDecision {
  switch (dispute.status) {
    case 'opened': {
      const escalated = escalate(dispute, command, context);
      return escalated.ok ? escalated : end(dispute, 'closed', 0n, command, context);
    }
    case 'answered':
      return end(dispute, 'closed', 0n, command, context);
    case 'needs_response':
      return end(dispute, 'expired', dispute.amountMinor, command, context);
    case 'under_review':
      return award(dispute, 0n, command, context);
    default:
      return award(dispute, dispute.position.awarded, command, context);
  }
}
