import type { ProblemTable } from './problem-table.ts';

/** Disputes. */
export const disputeProblems = {
  payment_not_found: [404, 'Payment not found', 'There is no such payment, or it is not yours.'],
  payment_not_captured: [409, 'Payment not captured', 'No money of the payment has moved yet.'],
  already_refunded: [409, 'Already refunded', 'All that was captured has been given back.'],
  already_disputed: [
    409,
    'Already disputed',
    'A dispute of this payment is open, or all of it has been disputed.',
  ],
  dispute_exceeds_remaining: [
    409,
    'Dispute exceeds remaining',
    'Less than this is left of the payment. Take remaining_minor or less.',
  ],
  dispute_window_closed: [
    409,
    'Dispute window closed',
    'The payment is too old to be disputed. Ask support.',
  ],
  evidence_window_closed: [
    409,
    'Evidence window closed',
    'Evidence is taken until the answer is submitted, at most until due_by.',
  ],
  evidence_limit_reached: [
    409,
    'Evidence limit reached',
    'No more pieces of evidence are taken from this party. Join what is left into one file.',
  ],
  evidence_type_not_allowed: [
    422,
    'Evidence type not allowed',
    'Send text/plain as text, or a PDF, PNG or JPEG file in base64 whose content is of that type.',
  ],
  evidence_too_large: [413, 'Evidence too large', 'A piece of evidence has at most 5 MiB.'],
  appeal_window_closed: [409, 'Appeal window closed', 'The time to appeal has passed.'],
  already_appealed: [409, 'Already appealed', 'A dispute may be appealed once.'],
  award_out_of_range: [
    422,
    'Award out of range',
    'A partial award is part of the disputed amount; on appeal it is not worse for who appealed.',
  ],
  same_person: [409, 'Same person', 'Somebody else has to decide this.'],
} as const satisfies ProblemTable;
