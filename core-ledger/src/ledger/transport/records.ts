/**
 * The form of an exported ledger: a file of lines, each a JSON object whose `type` is one of these,
 * in this order, between a line `ledger` and a line `end`. Fields are named as the columns they
 * come from. Integers are strings, times are UTC with microseconds, bytes are hexadecimal.
 */
export type FieldKind = 'integer' | 'text' | 'uuid' | 'time' | 'bytes' | 'object';

export type RecordShape = {
  readonly table: string;
  /** In the order of the columns; those that end in `?` may be null. */
  readonly fields: Readonly<Record<string, FieldKind | `${FieldKind}?`>>;
  /** What rows are ordered by. */
  readonly key: string;
};

export const entryShape: RecordShape = {
  table: 'entry',
  fields: {
    ...{ account_id: 'integer', version: 'integer' },
    ...{ amount_minor: 'integer', balance_after_minor: 'integer' },
    ...{ posted_at: 'time', effective_at: 'time?' },
  },
  key: 'account_id',
};

export const recordShapes = {
  wallet: {
    table: 'wallet',
    fields: {
      ...{ id: 'uuid', owner_id: 'uuid', kind: 'text', currency: 'text', created_at: 'time' },
    },
    key: 'id',
  },
  account: {
    table: 'account',
    fields: {
      ...{ id: 'integer', wallet_id: 'uuid?', owner_id: 'uuid?', kind: 'text' },
      ...{ currency: 'text', status: 'text', limit_minor: 'integer?' },
      ...{ balance_minor: 'integer', held_minor: 'integer', version: 'integer' },
      tier: 'text?',
    },
    key: 'id',
  },
  opening: {
    table: 'entry_opening',
    fields: { account_id: 'integer', version: 'integer', balance_minor: 'integer', until: 'time' },
    key: 'account_id',
  },
  hold: {
    table: 'hold',
    fields: {
      ...{ id: 'uuid', account_id: 'integer', amount_minor: 'integer' },
      ...{ captured_minor: 'integer', state: 'text', reason: 'text', payment_id: 'uuid?' },
      ...{ created_at: 'time', expires_at: 'time', closed_at: 'time?' },
      ...{ payload_hash: 'bytes?', reference: 'text?', metadata: 'object?' },
    },
    key: 'id',
  },
  // A line also has `entries`, each of the entry's shape.
  transfer: {
    table: 'transfer',
    fields: {
      ...{ number: 'integer', id: 'uuid', kind: 'text', payment_id: 'uuid?', intent_id: 'uuid?' },
      ...{ posted_at: 'time', effective_at: 'time?', payload_hash: 'bytes?', hold_id: 'uuid?' },
      ...{ reverses: 'uuid?', chain_id: 'uuid?', reference: 'text?', metadata: 'object?' },
    },
    key: 'number',
  },
  result: {
    table: 'posting_result',
    fields: {
      ...{ id: 'uuid', answered_at: 'time', payload_hash: 'bytes', kind: 'text' },
      ...{ refusal: 'text?', refused_item: 'integer?' },
    },
    key: 'id',
  },
  block: {
    table: 'chain_block',
    fields: {
      ...{ height: 'integer', first_number: 'integer', last_number: 'integer' },
      ...{ transfer_count: 'integer', sealed_at: 'time', previous_hash: 'bytes' },
      ...{ hash: 'bytes', leaves: 'bytes' },
    },
    key: 'height',
  },
} as const satisfies Record<string, RecordShape>;

export type RecordType = keyof typeof recordShapes;
export const recordTypes = Object.keys(recordShapes) as readonly RecordType[];

/** The number after the form's name; a reader refuses those it does not know. */
export const formatNumber = 1;

/** One row by its field names, as it stands on a line. */
export type Fields = Readonly<Record<string, string | null | object>>;

/** The columns of a shape as a select that answers fields. */
export function selectOf({ fields }: RecordShape, table: string): string {
  return Object.entries(fields)
    .map(([name, kind]) => `${written(`${table}.${name}`, kind)} as ${name}`)
    .join(', ');
}

/** Inserts the fields of `?::jsonb`, an array of objects. */
export function insertOf({ table, fields }: RecordShape, more: Record<string, FieldKind>): string {
  const all = Object.entries({ ...fields, ...more });
  const columns = all.map(([name]) => name).join(', ');
  const values = all.map(([name, kind]) => readBack(`r.${name}`, kind)).join(', ');
  const row = all.map(([name, kind]) => `${name} ${kindOf(kind) === 'object' ? 'jsonb' : 'text'}`);
  return `insert into ${table} (${columns}) overriding system value
    select ${values} from jsonb_to_recordset(?::jsonb) as r (${row.join(', ')})`;
}

export function kindOf(kind: string): FieldKind {
  return kind.replace('?', '') as FieldKind;
}

function written(column: string, kind: string): string {
  switch (kindOf(kind)) {
    case 'time':
      return `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    case 'bytes':
      return `encode(${column}, 'hex')`;
    case 'object':
      return column;
    case 'integer':
    case 'uuid':
    case 'text':
      return `${column}::text`;
  }
}

function readBack(column: string, kind: string): string {
  switch (kindOf(kind)) {
    case 'integer':
      return `${column}::bigint`;
    case 'uuid':
      return `${column}::uuid`;
    case 'time':
      return `${column}::timestamptz`;
    case 'bytes':
      return `decode(${column}, 'hex')`;
    case 'text':
    case 'object':
      return column;
  }
}
