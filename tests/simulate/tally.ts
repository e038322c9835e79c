import { createLatencies, type Latencies } from '../load/latencies.ts';
import type { ActKind } from './behaviour.ts';
import type { Difference } from './difference.ts';

/** What happened, counted: the raw material of the report. */
export type Tally = {
  /** Answers by act and what the answer was: "202", "422 invalid_amount", "no answer". */
  readonly answers: Map<ActKind, Map<string, number>>;
  /** From the time a request was due to its whole answer; waiting ones apart. */
  readonly http: Latencies;
  readonly waited: Latencies;
  /** From acceptance to the resting state, by the server's own time stamps. */
  readonly settled: Latencies;
  /** Answers that the contract does not allow. */
  readonly unlawful: Difference[];
  /** Requests sent again with the same key after a 503 or without an answer. */
  retries: number;
  sent: number;
  done: number;
  count(kind: ActKind, answer: string): void;
};

export function createTally(): Tally {
  const answers = new Map<ActKind, Map<string, number>>();
  return {
    answers,
    http: createLatencies(),
    waited: createLatencies(),
    settled: createLatencies(),
    unlawful: [],
    retries: 0,
    sent: 0,
    done: 0,
    count(kind, answer) {
      const counts = answers.get(kind) ?? new Map<string, number>();
      counts.set(answer, (counts.get(answer) ?? 0) + 1);
      answers.set(kind, counts);
    },
  };
}
