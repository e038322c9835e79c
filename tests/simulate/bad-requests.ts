/** A request as it goes out; a spoiler turns a good one into a bad one. */
export type PaymentRequest = {
  headers: Record<string, string>;
  body: Record<string, unknown>;
  /** When given, sent instead of the body as JSON. */
  raw?: string;
};

type BadRequest = {
  /** What the contract says it gets. */
  readonly status: number;
  /** Where the contract names the code. */
  readonly code?: string;
  readonly spoil: (request: PaymentRequest) => PaymentRequest;
};

const withField =
  (name: string, value: unknown) =>
  (request: PaymentRequest): PaymentRequest => ({
    ...request,
    body: { ...request.body, [name]: value },
  });

const withHeader =
  (name: string, value: string) =>
  (request: PaymentRequest): PaymentRequest => ({
    ...request,
    headers: { ...request.headers, [name]: value },
  });

const without =
  (header: string) =>
  ({ headers, ...rest }: PaymentRequest): PaymentRequest => ({
    ...rest,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== header)),
  });

const amount = (value: unknown): BadRequest => ({
  status: 422,
  code: 'invalid_amount',
  spoil: withField('amount_minor', value),
});

/** Nobody's: ids are drawn by the server, this one never is. */
const nobodysWallet = '00000000-0000-8000-8000-00000000dead';

/** Every kind of bad input of the contract's table for POST /payments. */
const table = {
  amount_zero: amount(0),
  amount_negative: amount(-1),
  amount_fraction: amount(1.5),
  amount_text: amount('100'),
  amount_null: amount(null),
  amount_object: amount({ value: 100 }),
  amount_too_large: amount(1_000_000_000_000_001),
  amount_missing: { status: 422, spoil: withField('amount_minor', undefined) },
  currency_unknown: {
    status: 422,
    code: 'unsupported_currency',
    spoil: withField('currency', 'XXQ'),
  },
  json_broken: {
    status: 400,
    code: 'malformed_json',
    spoil: (request) => ({ ...request, raw: `${JSON.stringify(request.body).slice(0, -1)},` }),
  },
  key_missing: {
    status: 400,
    code: 'idempotency_key_required',
    spoil: without('idempotency-key'),
  },
  key_malformed: {
    status: 400,
    code: 'idempotency_key_invalid',
    spoil: withHeader('idempotency-key', 'k'.repeat(256)),
  },
  field_unknown: { status: 422, spoil: withField('colour', 'green') },
  capture_unknown: { status: 422, spoil: withField('capture', 'perhaps') },
  payee_unknown: {
    status: 404,
    code: 'wallet_not_found',
    spoil: withField('payee_wallet_id', nobodysWallet),
  },
  payee_is_payer: {
    status: 422,
    code: 'same_account',
    spoil: (request) => withField('payee_wallet_id', request.body['payer_wallet_id'])(request),
  },
  body_too_large: { status: 413, spoil: withField('description', 'x'.repeat(70_000)) },
  content_type_wrong: { status: 415, spoil: withHeader('content-type', 'text/plain') },
  token_missing: { status: 401, spoil: without('authorization') },
  token_broken: { status: 401, spoil: withHeader('authorization', 'Bearer not.a.token') },
} as const satisfies Record<string, BadRequest>;

export type BadRequestName = keyof typeof table;
export const badRequests: Readonly<Record<BadRequestName, BadRequest>> = table;
export const badRequestNames = Object.keys(table) as BadRequestName[];
