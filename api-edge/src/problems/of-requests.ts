import type { ProblemTable } from './problem-table.ts';

/** The message, its sender, its fields and its key. */
export const requestProblems = {
  // The request as a message.
  malformed_json: [400, 'Malformed JSON', 'The body is not valid JSON in UTF-8.'],
  invalid_request: [400, 'Invalid request', 'A parameter of the token request is missing.'],
  unsupported_media_type: [
    415,
    'Unsupported media type',
    'Send the body with the content type the operation documents.',
  ],
  payload_too_large: [413, 'Payload too large', 'The body may have at most 65,536 bytes.'],
  not_acceptable: [
    406,
    'Not acceptable',
    'The Accept header names none of the media types that the operation documents.',
  ],
  route_not_found: [404, 'No such route', 'No operation has this path. See /openapi.json.'],
  method_not_allowed: [405, 'Method not allowed', 'The Allow header lists what this path takes.'],
  // The caller.
  unauthorized: [
    401,
    'Unauthorized',
    'The access token is missing, malformed, expired or revoked. Log in or refresh it.',
  ],
  insufficient_scope: [403, 'Insufficient scope', 'Your role does not include this operation.'],
  invalid_credentials: [401, 'Invalid credentials', 'The e-mail address or password is wrong.'],
  too_many_attempts: [
    429,
    'Too many attempts',
    'Too many failed logins for this account from this address. Wait as Retry-After says.',
  ],
  email_taken: [409, 'E-mail address taken', 'A user with this address exists. Log in instead.'],
  invalid_client: [401, 'Invalid client', 'The client is unknown. Users log in as "wallet-app".'],
  invalid_grant: [
    400,
    'Invalid grant',
    'The refresh token is malformed, expired, used or revoked. Log in again.',
  ],
  unsupported_grant_type: [
    400,
    'Unsupported grant type',
    'This server grants tokens by "refresh_token".',
  ],
  // Fields.
  missing_field: [422, 'Missing field', 'A required field is missing.'],
  unknown_field: [422, 'Unknown field', 'The operation has no such field. Remove it.'],
  invalid_field: [422, 'Invalid field', 'The field has a wrong type or value.'],
  invalid_cursor: [
    422,
    'Invalid cursor',
    'Use next_cursor of the page before, unchanged, with the same list.',
  ],
  invalid_period: [422, 'Invalid period', 'The period must begin before it ends.'],
  period_archived: [
    422,
    'Period archived',
    'The period begins before what is kept here. Begin later, or ask support for the archive.',
  ],
  invalid_amount: [
    422,
    'Invalid amount',
    'An amount is a JSON integer in minor units from 1 to 1000000000000000, written as digits.',
  ],
  unsupported_currency: [
    422,
    'Unsupported currency',
    'Use the three capital letters of an ISO 4217 currency that this wallet supports.',
  ],
  card_number_not_allowed: [
    422,
    'Card number not allowed',
    'The field holds what looks like a card number. This system takes none: remove it.',
  ],
  same_account: [422, 'Same account', 'Payer and payee must be different wallets.'],
  currency_mismatch: [
    422,
    'Currency mismatch',
    'The wallets and the amount must have one currency.',
  ],
  // Repeats.
  idempotency_key_required: [
    400,
    'Idempotency-Key required',
    'Send a header Idempotency-Key, new for each operation and equal for each retry of it.',
  ],
  idempotency_key_invalid: [
    400,
    'Idempotency-Key invalid',
    'The key must be 1 to 255 visible ASCII characters, without spaces.',
  ],
  idempotency_key_reused: [
    422,
    'Idempotency-Key reused',
    'This key came before with another body. Send the same body, or a new key.',
  ],
  idempotency_key_in_use: [
    409,
    'Idempotency-Key in use',
    'The first request with this key is still in flight. Repeat it after Retry-After.',
  ],
} as const satisfies ProblemTable;
