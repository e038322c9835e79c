import { commandKinds, type CommandKind } from './commands.ts';
import type { Sender } from './sending.ts';

/** How often what became of the commands of a kind: states, and codes of refusals at once. */
export type OutcomeTable = ReadonlyMap<CommandKind, Readonly<Record<string, number>>>;

/** @param statuses of what was accepted, by id */
export function outcomeTable(
  { accepted, answers }: Sender,
  statuses: ReadonlyMap<string, string>,
): OutcomeTable {
  const table = new Map<CommandKind, Record<string, number>>();
  for (const kind of commandKinds) {
    const refused = [...(answers.get(kind) ?? [])].filter(([word]) => word !== 'accepted');
    table.set(kind, Object.fromEntries(refused));
  }
  for (const [id, { kind }] of accepted) {
    const row = table.get(kind) ?? {};
    const status = statuses.get(id) ?? 'undecided';
    row[status] = (row[status] ?? 0) + 1;
  }
  return table;
}

/** A line for each kind, the most frequent outcome first. */
export function linesOf(table: OutcomeTable): string[] {
  return [...table].map(([kind, outcomes]) => {
    const words = Object.entries(outcomes)
      .sort(([, one], [, other]) => other - one)
      .map(([word, count]) => `${count} ${word}`);
    return `  ${kind.padEnd(14)} ${words.join(' · ')}`;
  });
}
