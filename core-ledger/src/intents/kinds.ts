/**
 * Every kind of intent: the table that has a row of its id once it is decided, and the column that
 * says how much was asked for, if any. All these tables have `id`, `accepted_at` and `updated_at`.
 */
export const intentKinds = {
  payment: { table: 'payment', asked: 'amount_minor' },
  top_up: { table: 'top_up', asked: 'amount_minor' },
  withdrawal: { table: 'withdrawal', asked: 'amount_minor' },
  withdrawal_confirmation: { table: 'action', asked: 'amount_minor' },
  withdrawal_return: { table: 'action', asked: 'amount_minor' },
  capture: { table: 'action', asked: 'amount_minor' },
  cancel: { table: 'action', asked: 'amount_minor' },
  approve: { table: 'action', asked: 'amount_minor' },
  reject: { table: 'action', asked: 'amount_minor' },
  refund: { table: 'refund', asked: 'asked_minor' },
  refund_cancel: { table: 'action', asked: 'amount_minor' },
  dispute: { table: 'dispute', asked: 'asked_minor' },
  evidence: { table: 'action', asked: 'amount_minor' },
  submit: { table: 'action', asked: 'amount_minor' },
  accept: { table: 'action', asked: 'amount_minor' },
  withdraw: { table: 'action', asked: 'amount_minor' },
  escalate: { table: 'action', asked: 'amount_minor' },
  decision: { table: 'action', asked: 'amount_minor' },
  appeal: { table: 'action', asked: 'amount_minor' },
  settlement: { table: 'settlement', asked: 'asked_minor' },
  settlement_transition: { table: 'action', asked: 'amount_minor' },
  settlement_window_close: { table: 'action', asked: 'amount_minor' },
  bank_statement: { table: 'action', asked: 'amount_minor' },
  ticket: { table: 'ticket', asked: null },
  ticket_message: { table: 'action', asked: 'amount_minor' },
  ticket_transition: { table: 'action', asked: 'amount_minor' },
  ticket_assignment: { table: 'action', asked: 'amount_minor' },
  ticket_link: { table: 'action', asked: 'amount_minor' },
  ticket_merge: { table: 'action', asked: 'amount_minor' },
} as const satisfies Record<string, { table: string; asked: string | null }>;

export type IntentKind = keyof typeof intentKinds;

/** `asked` is null where intents ask for no money. */
type IntentTable = { readonly table: string; readonly asked: string | null };

/** The tables, each once, with its column. */
export const intentTables: readonly IntentTable[] = [
  ...new Map(Object.values(intentKinds).map((row) => [row.table, row])).values(),
];

/** SQL: the first of `expression` over the tables that is not null; `t` is the row of id `i.id`. */
export function firstOfTables(expression: (row: IntentTable) => string): string {
  return intentTables
    .map((row) => `(select ${expression(row)} from ${row.table} t where t.id = i.id)`)
    .join(', ');
}
