import { Fault } from '@wallet/runtime';

/** Something outside our code stands in the way: one sentence, and what to do about it. */
export class SetupFault extends Fault {
  readonly mend: string;

  /** @param problem what is wrong, one sentence · @param mend what the reader does next */
  constructor(problem: string, mend: string) {
    super('setup', problem, { retriable: false });
    this.name = 'SetupFault';
    this.mend = mend;
  }
}

/** The text for the terminal: the sentence and its mend, never a stack trace for a SetupFault. */
export const describeFault = (fault: unknown): string => {
  if (fault instanceof SetupFault) return `${fault.message}\n  → ${fault.mend}`;
  return fault instanceof Error ? (fault.stack ?? fault.message) : String(fault);
};
