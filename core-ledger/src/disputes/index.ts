export type { DisputeRefusal } from './command.ts';
export { decideDispute } from './decide.ts';
export { disputeActions, openDisputeStatuses } from './dispute.ts';
export type {
  Dispute,
  DisputeAction,
  DisputeActor,
  DisputeEventName,
  DisputeSide,
  DisputeStage,
  ShownDisputeStatus,
} from './dispute.ts';
export { evidenceFileTypes, evidenceLimitBytes, readDisputeEvidence } from './evidence.ts';
export { createEvidenceWriter } from './evidence-writer.ts';
export { failedDispute, openDispute, refusalOfOpening } from './opening.ts';
export type { DisputedPayment } from './opening.ts';
export { disputePolicy, disputeReasons } from './policy.ts';
export type { DisputeReason } from './policy.ts';
export { disputedOf, nothingMoved } from './position.ts';
export { accountsOfDispute, postMove, walletsIn } from './postings.ts';
export type { DisputeParties } from './postings.ts';
export { createDisputeShelf } from './shelf.ts';
export type { DisputeShelf } from './shelf.ts';
export {
  findDispute,
  findDisputedPayment,
  findDueDisputes,
  findEvidence,
  keepEvidenceContent,
  listDisputes,
  listEvidence,
} from './store.ts';
export type { DisputeView, DueDisputes, EvidenceView } from './store.ts';
