import type { Clearing, Ledger, OutboxBatch, PaymentTimer, RefundRetry } from '@wallet/core-ledger';
import type { LabelsOf } from '@wallet/runtime';
import type { DisputeTimer } from '../commands/dispute-timer.ts';
import type { TicketTimer } from '../tickets/ticket-timer.ts';

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
/** Merchants of one run: each locks three accounts that settlement may be waiting for. */
const merchantsAtOnce = 50;
/** Disputes of one run: each locks all accounts of two wallets. */
const disputesAtOnce = 50;
/** Well under a second after a deadline its payment has ended. */
const everyMs = 500;
/** People read tickets; the ledger and all topics are looked through for them. */
const findEveryMs = 15_000;

/** A window lasts a day: its batches need not come within the second. */
const windowsEveryMs = 2_000;

/** What the jobs run. */
type Work = {
  payments: PaymentTimer;
  ledger: Pick<Ledger, 'expireHolds'>;
  clearing: Clearing;
  refunds: RefundRetry;
  disputes: DisputeTimer;
  tickets: TicketTimer;
  /** Opens tickets for what nobody owns. */
  findTickets: Job['run'];
  /** Lets wallets that owe repay, so many at once; answers how many did. */
  debts: (limit: number) => Promise<number>;
  /** Of the sandbox alone. */
  rail: Job['run'] | null;
  /** Windows of settlements. */
  settlements: Job['run'];
  onCommitted: (batches: readonly OutboxBatch[]) => void;
};

/** Every periodic job, one row each. They run one after the other: the timer of payments is one. */
export function timerJobs(work: Work): readonly Job[] {
  const { payments, ledger, clearing, refunds, debts, rail, onCommitted } = work;
  const endPayments = (status: Parameters<PaymentTimer>[0]) => async () => {
    const { claimed, changes, batches } = await payments(status, atOnce);
    onCommitted(batches);
    return { done: changes.length, more: claimed === atOnce && changes.length > 0 };
  };
  const inBatches = (run: DisputeTimer | TicketTimer, limit: number) => async () => {
    const { claimed, done, batches } = await run(limit);
    onCommitted(batches);
    return { done, more: claimed === limit && done > 0 };
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
    {
      name: 'clearing',
      everyMs,
      run: async () => {
        const { claimed, isBehind, cleared } = await clearing(merchantsAtOnce);
        const more = isBehind || (claimed === merchantsAtOnce && cleared.length > 0);
        return { done: cleared.length, more };
      },
    },
    {
      name: 'refunds',
      everyMs,
      run: async () => {
        const { claimed, outcomes, batches } = await refunds(atOnce);
        onCommitted(batches);
        return { done: outcomes.length, more: claimed === atOnce && outcomes.length > 0 };
      },
    },
    { name: 'disputes', everyMs, run: inBatches(work.disputes, disputesAtOnce) },
    { name: 'tickets', everyMs, run: inBatches(work.tickets, atOnce) },
    { name: 'ticket_causes', everyMs: findEveryMs, run: work.findTickets },
    {
      name: 'debts',
      everyMs,
      run: async () => {
        const done = await debts(atOnce);
        return { done, more: done === atOnce };
      },
    },
    { name: 'settlements', everyMs: windowsEveryMs, run: work.settlements },
    ...(rail === null ? [] : [{ name: 'rail', everyMs, run: rail } as const]),
  ];
}
