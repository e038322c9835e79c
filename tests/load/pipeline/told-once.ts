import type { Database } from '@wallet/core-ledger';
import type { MailArrival } from './webhook-machines.ts';

/** Everybody is to hear within this; p99. */
const targetSeconds = 30;

/** What a channel must have: each event once for each recipient, soon enough. */
type Channel = {
  readonly name: string;
  /** Of the first arrival of each, in seconds since the event happened. */
  readonly delays: readonly number[];
  /** How many must come, and how many came; a second arrival is one too many. */
  readonly due: number;
  readonly arrivals: number;
  /** What else there is to say. */
  readonly said?: string;
};

/** Prints what came by a channel; true when none is missing, none is double, and p99 is met. */
export function judgeChannel({ name, delays, due, arrivals, said }: Channel): boolean {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Infinity;
  const shown = (share: number) => at(share).toFixed(2);
  const isMet = sorted.length === due && arrivals === due && at(0.99) <= targetSeconds;
  console.log(
    `${isMet ? '✓' : '✗'} ${name}: ${sorted.length} of ${due} in ${arrivals} arrivals, ` +
      `p50 ${shown(0.5)} p99 ${shown(0.99)} s, last ${shown(1 - 1e-9)} s` +
      (said === undefined ? '' : `; ${said}`),
  );
  return isMet;
}

/** What inboxes have: two rows for each event, as it has two parties. */
export async function judgeInboxes(
  { knex }: Database,
  events: number,
  delays: readonly number[],
): Promise<boolean> {
  const { rows } = await knex.raw<{ rows: { count: string; parties: string }[] }>(
    `select count(*), count(distinct (id, recipient_id)) as parties from notification
     where channel = 'inbox' and status = 'delivered' and template = 'payment.captured'`,
  );
  const { count = '0', parties = '0' } = rows[0] ?? {};
  // Both parties' rows are there in the same moment.
  const both = delays.flatMap((delay) => [delay, delay]).slice(0, Number(parties));
  const name = 'in-app, both parties';
  return judgeChannel({ name, delays: both, due: 2 * events, arrivals: Number(count) });
}

/** What the mail server has: one message for each event, under the id of its row. */
export async function judgeMails(
  { knex }: Database,
  events: number,
  mails: readonly MailArrival[],
): Promise<boolean> {
  const { rows } = await knex.raw<{ rows: { id: string; happened_ms: string }[] }>(
    `select id, floor(extract(epoch from occurred_at) * 1000)::text as happened_ms
     from email where status = 'sent'`,
  );
  const first = new Map<string, number>();
  for (const { id, atMs } of mails) first.set(id, Math.min(atMs, first.get(id) ?? Infinity));
  const delays = rows.flatMap(({ id, happened_ms: happenedMs }) => {
    const atMs = first.get(id);
    return atMs === undefined ? [] : [(atMs - Number(happenedMs)) / 1_000];
  });
  return judgeChannel({ name: 'e-mail, payers', delays, due: events, arrivals: mails.length });
}
