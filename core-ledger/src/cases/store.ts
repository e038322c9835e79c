import type { Database, Queryable } from '../database/database.ts';
import type { Actor } from '../rulesets/actor.ts';
import type { CaseNote, CaseStatus, CaseView } from './case.ts';

type Row = {
  id: string;
  payment_id: string;
  status: CaseStatus;
  owner_id: string | null;
  payer_id: string;
  payee_id: string;
  amount_minor: string;
  currency: string;
  score: number;
  created_at: Date;
  due_at: Date;
  closed_at: Date | null;
};

function viewOf(row: Row): CaseView {
  return {
    ...{ id: row.id, paymentId: row.payment_id, status: row.status, ownerId: row.owner_id },
    ...{ payerId: row.payer_id, payeeId: row.payee_id, amountMinor: BigInt(row.amount_minor) },
    ...{ currency: row.currency, score: row.score, createdAt: row.created_at },
    ...{ dueAt: row.due_at, closedAt: row.closed_at },
  };
}

export async function findCase(db: Queryable, id: string): Promise<CaseView | null> {
  const row = await db<Row>('fraud_case').where({ id }).first<Row | undefined>();
  return row === undefined ? null : viewOf(row);
}

/** What the queue may be narrowed to; `owner` null is nobody's. */
export type CaseFilter = {
  readonly status?: CaseStatus | undefined;
  readonly owner?: string | null | undefined;
  readonly payerId?: string | undefined;
  readonly payeeId?: string | undefined;
};

/** A page of cases, newest first, behind the case `after`. */
export async function listCases(
  db: Queryable,
  filter: CaseFilter,
  page: { after: string | null; limit: number },
): Promise<CaseView[]> {
  const query = db<Row>('fraud_case').orderBy([
    { column: 'created_at', order: 'desc' },
    { column: 'id', order: 'desc' },
  ]);
  if (filter.status !== undefined) void query.where('status', filter.status);
  if (filter.owner === null) void query.whereNull('owner_id');
  else if (filter.owner !== undefined) void query.where('owner_id', filter.owner);
  if (filter.payerId !== undefined) void query.where('payer_id', filter.payerId);
  if (filter.payeeId !== undefined) void query.where('payee_id', filter.payeeId);
  if (page.after !== null) {
    const place = '(created_at, id) < (select created_at, id from fraud_case where id = ?)';
    void query.whereRaw(place, [page.after]);
  }
  return (await query.limit(page.limit).select('*')).map(viewOf);
}

type NoteRow = {
  id: string;
  case_id: string;
  author_id: string;
  owner_id: string | null;
  at: Date;
  kind: 'note' | 'assigned';
  role: string;
  text: string;
};

/** What was said of these cases, oldest first, by case. */
export async function listCaseNotes(
  db: Queryable,
  caseIds: readonly string[],
): Promise<Map<string, CaseNote[]>> {
  const rows = await db<NoteRow>('fraud_case_note').whereIn('case_id', caseIds).orderBy('id');
  const notes = new Map<string, CaseNote[]>();
  for (const row of rows) {
    const { id, at, author_id: authorId, role, kind, owner_id: ownerId, text } = row;
    const note = { id, at, authorId, role, kind, ownerId, text };
    notes.set(row.case_id, [...(notes.get(row.case_id) ?? []), note]);
  }
  return notes;
}

export type CaseRefusal = 'no_such_case' | 'case_closed';

/** Gives an open case to somebody, or back to the queue. Who had it stays in its notes. */
export async function assignCase(
  db: Pick<Database, 'knex'>,
  id: string,
  { ownerId, text, actor }: { ownerId: string | null; text: string; actor: Actor },
): Promise<CaseRefusal | null> {
  return db.knex.transaction(async (trx) => {
    const assigned = await trx('fraud_case')
      .where({ id, status: 'open' })
      .update({ owner_id: ownerId });
    if (assigned === 0) return (await findCase(trx, id)) === null ? 'no_such_case' : 'case_closed';
    await insertNote(trx, id, { kind: 'assigned', ownerId, text, actor });
    return null;
  });
}

/** Adds what somebody has to say, also when the case is closed. */
export async function addCaseNote(
  db: Pick<Database, 'knex'>,
  id: string,
  { text, actor }: { text: string; actor: Actor },
): Promise<CaseRefusal | null> {
  if ((await findCase(db.knex, id)) === null) return 'no_such_case';
  await insertNote(db.knex, id, { kind: 'note', ownerId: null, text, actor });
  return null;
}

async function insertNote(
  trx: Queryable,
  caseId: string,
  note: { kind: CaseNote['kind']; ownerId: string | null; text: string; actor: Actor },
): Promise<void> {
  const { kind, ownerId, text, actor } = note;
  await trx('fraud_case_note').insert({
    ...{ case_id: caseId, kind, owner_id: ownerId, text },
    ...{ author_id: actor.id, role: actor.role, request_id: actor.requestId },
  });
}
