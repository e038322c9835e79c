import type { Answer, Statement } from './statements.ts';

/** Gathers rows of one table, for one statement a batch. */
export type Writer = {
  reset(): void;
  /** None when nothing was added. */
  statements(): Statement[];
};

/** Rows that a batch asks for: read under its locks, and written at its end. */
export type Shelf = Writer & {
  /** Sent behind the locks on accounts; none when nothing was asked for. */
  reads(): Statement[];
  /** Takes the answers of `reads`. */
  open(answers: readonly Answer[]): void;
};

/** What several shelves were asked for, read in one flight. */
export type Reading = { readonly statements: Statement[]; open(answers: readonly Answer[]): void };

/** The shelves are read in their order. */
export function readingOf(shelves: readonly Shelf[]): Reading {
  const reads = shelves.map((shelf) => shelf.reads());
  return {
    statements: reads.flat(),
    open(answers) {
      let from = 0;
      for (const [index, shelf] of shelves.entries()) {
        const count = reads[index]?.length ?? 0;
        if (count > 0) shelf.open(answers.slice(from, from + count));
        from += count;
      }
    },
  };
}
