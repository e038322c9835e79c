import type { Answer } from './call.ts';
import type { Cursors } from './cursor.ts';
import type { Page } from './fields.ts';
import { refuseField } from '../problems.ts';

/** A page of a list that goes on behind the position of its last row. */
export async function answerPage<Row, Position>(
  cursors: Cursors,
  options: {
    /** Names the list and what it was narrowed to: a cursor is good for the same question alone. */
    scope: string;
    page: Page;
    /** Where a row stands in the list, as JSON keeps it. */
    positionOf: (row: Row) => Position;
    shown: (row: Row) => object;
    /** At most `limit` rows behind `after`; null: from the first on. */
    load: (after: NoInfer<Position> | null, limit: number) => Promise<readonly Row[]>;
  },
): Promise<Answer> {
  const { scope, page, positionOf, shown, load } = options;
  const after = page.cursor === undefined ? null : cursors.open(scope, page.cursor);
  if (after === undefined) return refuseField('invalid_cursor', '/cursor');
  // One row beyond the page tells whether there is another.
  const rows = await load(after as Position | null, page.limit + 1);
  const some = rows.slice(0, page.limit);
  const last = some.at(-1);
  const more = last !== undefined && rows.length > some.length;
  const next = more ? cursors.seal(scope, positionOf(last)) : null;
  return { status: 200, body: { data: some.map(shown), next_cursor: next } };
}
