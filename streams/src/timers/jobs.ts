import type { Ledger, OutboxBatch, PaymentTimer } from '@wallet/core-ledger';
import type { LabelsOf } from '@wallet/runtime';

/** What is done again and again because time passes. */
export type Job = {
  readonly name: LabelsOf<'wallet_timer_runs_total'>['job'];
  readonly everyMs: number;
  /**
   * Does a part of what is due, in transactions of its own, at any number of places at once;
   * `done` is how much, and with `more` there may be some left that is due already.
   */
  run(): Promise<{ done: number; more: boolean }>;
};

/** What one run takes on: its accounts are locked for as long. */
const atOnce = 200;
/** Well under a second after a deadline its payment has ended. */
const everyMs = 500;

/** Every periodic job, one row each. They run one after the other: the timer of payments is one. */
export function timerJobs(deps: {
  payments: PaymentTimer;
  ledger: Pick<Ledger, 'expireHolds'>;
  onCommitted: (batches: readonly OutboxBatch[]) => void;
}): readonly Job[] {
  const { payments, ledger, onCommitted } = deps;
  const endPayments = (status: Parameters<PaymentTimer>[0]) => async () => {
    const { claimed, changes, batches } = await payments(status, atOnce);
    onCommitted(batches);
    return { done: changes.length, more: claimed === atOnce && changes.length > 0 };
  };
  return [
    { name: 'authorizations', everyMs, run: endPayments('authorized') },
    { name: 'reviews', everyMs, run: endPayments('in_review') },
    {
      name: 'holds',
      everyMs,
      run: async () => {
        const done = await ledger.expireHolds({ limit: atOnce, withoutPayment: true });
        return { done, more: done === atOnce };
      },
    },
  ];
}
