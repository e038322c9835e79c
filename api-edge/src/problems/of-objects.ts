import type { ProblemTable } from './problem-table.ts';

/** Objects and the states they are in. */
export const objectProblems = {
  // Objects.
  not_found: [404, 'Not found', 'There is no such object, or it is not yours to see.'],
  wallet_not_found: [404, 'Wallet not found', 'There is no such wallet, or it is not yours.'],
  // States.
  invalid_state: [
    409,
    'Invalid state',
    'The object is in a state in which this cannot be done. Look at it again.',
  ],
  authorization_expired: [
    409,
    'Authorization expired',
    'The authorization is over and the money went back to the payer. Ask for a new payment.',
  ],
  capture_exceeds_authorization: [
    409,
    'Capture exceeds authorization',
    'More than is left of the authorization. Capture remaining_minor or less.',
  ],
  refund_exceeds_remaining: [
    409,
    'Refund exceeds what is left',
    'More than may still go back. Refund remaining_minor or less.',
  ],
  payment_disputed: [
    409,
    'Payment disputed',
    'A chargeback of the payment is open. Answer the dispute, or accept it.',
  ],
  nothing_to_settle: [409, 'Nothing to settle', 'All of it went back, or was settled before.'],
  either_payment_or_merchant: [
    422,
    'Either payment or merchant',
    'Name the payment to be settled, or the merchant wallet; not both, and not none.',
  ],
  invalid_statement: [
    422,
    'Invalid statement',
    'It is no camt.053 or CSV under its header, has a line that nobody can mean, or too many.',
  ],
  destination_missing: [
    409,
    'Destination missing',
    'The batch has nowhere to go. Say that it failed, set where the merchant is paid, run again.',
  ],
  not_allowed_for_party: [
    403,
    'Not allowed for this party',
    'This is for another party of the object.',
  ],
  account_frozen: [403, 'Account frozen', 'Nothing may leave this wallet for now. Ask support.'],
  account_closed: [409, 'Account closed', 'The wallet is closed, for ever.'],
  insufficient_funds: [
    409,
    'Insufficient funds',
    'The wallet has less than this. Take available_minor or less.',
  ],
  balance_not_zero: [
    409,
    'Balance not zero',
    'There is still money, or a debt, on an account of the wallet.',
  ],
  funds_held: [409, 'Funds held', 'Money of the wallet is set aside. Wait until it is released.'],
  unknown_tier: [422, 'Unknown tier', 'Nobody has described this tier in the currency.'],
} as const satisfies ProblemTable;
