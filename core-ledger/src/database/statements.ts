import type { Queryable } from './database.ts';
import { createColumns } from './columns.ts';
import type { Columns, ColumnType } from './columns.ts';

export type StatementValue = string | number | boolean | Buffer | null;

/**
 * A prepared statement with its values. One name has one text for ever: the text is planned once
 * per connection. Buffers are parameters in binary format.
 */
export type Statement = {
  readonly name: string;
  readonly text: string;
  readonly values: readonly StatementValue[];
};

/** What the server answered: command tag, how many rows it touched, rows in column order. */
export type Answer = {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly (readonly (string | null)[])[];
};

/** A statement over columns that is filled row by row and sent as one. */
export type BatchStatement<Shape extends Record<string, ColumnType>> = {
  readonly columns: Columns<Shape>;
  /** Rows added since the last reset. */
  count(): number;
  reset(): void;
  /** `leading` are the parameters before those of the columns. Send it before adding more rows. */
  statement(...leading: StatementValue[]): Statement;
};

/**
 * `text` names the rows `$rows`, which becomes `unnest($n::type[], …)` with one parameter per
 * column after the `leading` ones.
 */
export function createBatchStatement<const Shape extends Record<string, ColumnType>>(definition: {
  name: string;
  text: string;
  columns: Shape;
  leading?: number;
}): BatchStatement<Shape> {
  const { name, columns: shape, leading: leadingCount = 0 } = definition;
  const columns = createColumns(shape);
  const list = Object.values(columns) as Columns<Record<string, 'int4'>>[string][];
  const parameters = Object.values(shape).map(
    (type, index) => `$${leadingCount + index + 1}::${type}[]`,
  );
  const text = definition.text.replace('$rows', `unnest(${parameters.join(', ')})`);
  return {
    columns,
    count: () => list[0]?.count ?? 0,
    reset: () => {
      for (const column of list) column.reset();
    },
    statement: (...leading) => ({
      name,
      text,
      values: [...leading, ...list.map((column) => column.value)],
    }),
  };
}

/** A plain insert of rows: columns are named as those of the table. */
export function createBatchInsert<const Shape extends Record<string, ColumnType>>(
  table: string,
  columns: Shape,
): BatchStatement<Shape> {
  return createBatchStatement({
    name: `insert_${table}`,
    text: `insert into ${table} (${Object.keys(columns).join(', ')}) select * from $rows`,
    columns,
  });
}

/** Runs a batch writer's statement on the pool or in a transaction of it, for small writers. */
export async function runStatement(db: Queryable, statement: Statement): Promise<Answer> {
  const { text, values } = statement;
  const used = [...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]));
  const result = await db.raw<{
    command: string;
    rowCount: number | null;
    fields: { name: string }[];
    rows: Record<string, string | number | boolean | null>[];
  }>(
    text.replaceAll(/\$\d+/g, '?'),
    used.map((parameter) => values[parameter - 1] ?? null),
  );
  return {
    command: result.command,
    rowCount: result.rowCount ?? 0,
    rows: result.rows.map((row) => result.fields.map(({ name }) => row[name]?.toString() ?? null)),
  };
}
