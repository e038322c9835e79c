/** One legal change of a noun: who makes it, what is told and posted, what must follow by when. */
export type StateRow<Status extends string> = {
  readonly from: Status;
  readonly to: Status;
  /** What is done; `<noun>/<action>` of the API where a person does it. */
  readonly action: string;
  readonly by: readonly string[];
  /** The event that tells it; null when nothing is told. */
  readonly event: string | null;
  /** What moves, in the words of the chart of accounts; null when nothing does. */
  readonly posting: string | null;
  /** By when the new status must be left; null when it may stay for ever. */
  readonly deadline: string | null;
};

/** Every legal change of a noun, as data: guards, documents and tests are all made from it. */
export type StateTable<
  Status extends string = string,
  Row extends StateRow<Status> = StateRow<Status>,
> = {
  readonly noun: string;
  /** Where it begins, before its first row exists; shown by the edge alone. */
  readonly first: Status;
  /** Left by right, not by duty: a status that may stay for ever though an edge leaves it. */
  readonly resting: readonly Status[];
  /** Left by people alone: who is late is told of, but nothing happens by itself. */
  readonly attended?: readonly Status[];
  /** Statuses that clients see under another name. */
  readonly shownAs: Readonly<Partial<Record<Status, string>>>;
  readonly rows: readonly Row[];
};

/** All statuses of a table in the order in which they are named. */
export function statusesOf<Status extends string>({ first, rows }: StateTable<Status>): Status[] {
  return [...new Set([first, ...rows.flatMap(({ from, to }) => [from, to])])];
}

/** May it stay for ever? */
export function isFinal<Status extends string>(table: StateTable<Status>, status: Status): boolean {
  return table.resting.includes(status) || !table.rows.some(({ from }) => from === status);
}

/** What no sequence of changes leads to; must be nothing. */
export function unreachableOf<Status extends string>(table: StateTable<Status>): Status[] {
  const reached = new Set<Status>([table.first]);
  for (let before = 0; before < reached.size;) {
    before = reached.size;
    for (const { from, to } of table.rows) if (reached.has(from)) reached.add(to);
  }
  return statusesOf(table).filter((status) => !reached.has(status));
}

/** What might stay for ever though it must not: no timer ends it; must be nothing. */
export function withoutTimerOf<Status extends string>(table: StateTable<Status>): Status[] {
  const isTimed = (status: Status): boolean =>
    table.rows.some(({ from, by }) => from === status && by.includes('timer'));
  return statusesOf(table).filter(
    (status) =>
      status !== table.first &&
      !isFinal(table, status) &&
      !isTimed(status) &&
      !table.attended?.includes(status),
  );
}

/** The table as a diagram and a list, in Markdown. */
export function documentOf(table: StateTable): string {
  const { noun, first, rows } = table;
  const ends = statusesOf(table).filter((status) => isFinal(table, status));
  const shown = (status: string): string => table.shownAs[status] ?? status;
  return [
    `## ${noun.charAt(0).toUpperCase()}${noun.slice(1)}`,
    '',
    '```mermaid',
    'stateDiagram-v2',
    `  [*] --> ${first}`,
    ...rows.map(({ from, to, action, by }) => `  ${from} --> ${to}: ${action} (${by.join(', ')})`),
    ...ends.map((status) => `  ${status} --> [*]`),
    '```',
    '',
    '| from | to | action | by | event | posting | deadline | shown as |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ from, to, action, by, event, posting, deadline }) => {
      const cells = [from, to, action, by.join(', '), event, posting, deadline, shown(to)];
      return `| ${cells.map((cell) => cell ?? '').join(' | ')} |`;
    }),
    '',
  ].join('\n');
}
