import type { Database } from '../database/database.ts';
import type { NotificationTemplate } from '../notifications/notification.ts';
import { mailedToAll } from '../notifications/preferences.ts';

/** What is due of one e-mail. */
export type ClaimedEmail = {
  readonly id: string;
  readonly template: NotificationTemplate;
  readonly version: number;
  readonly data: string;
  /** Tries, this one included. */
  readonly attempts: number;
  readonly occurredAtMs: number;
};

/** One message that is ours to send: an e-mail, or all that were held back for a recipient. */
export type ClaimedMail = {
  readonly recipientId: string;
  readonly isDigest: boolean;
  /** Null: its recipient does not want e-mails any more, and it is none that all are told of. */
  readonly language: string | null;
  readonly emails: readonly [ClaimedEmail, ...ClaimedEmail[]];
};

export type ClaimOptions = {
  /** Most messages. */
  readonly messages: number;
  /** What has not been settled by then is sent again by somebody. */
  readonly leaseMs: number;
};

const claimed = `update email e set attempts = attempts + 1,
  next_at = statement_timestamp() + make_interval(secs => :leaseMs / 1000.0)
from due d left join notification_profile p on p.user_id = d.recipient_id
where e.recipient_id = d.recipient_id and e.id = d.id
returning e.recipient_id, e.id, e.template, e.version, e.data, e.attempts, e.occurred_at,
  e.status, case when p.email_since is not null or e.template = any(:toAll::text[])
    then coalesce(p.language, 'en') end as language`;

const singleSql = `
with due as materialized (
  select recipient_id, id from email where status = 'queued' and next_at <= statement_timestamp()
  order by next_at limit :messages for update skip locked
) ${claimed}`;

/** Of a recipient all or nothing, by the lock; its number is any of our own. */
const digestSql = `
with oldest as materialized (
  select recipient_id from email
  where status = 'deferred' and next_at <= statement_timestamp() order by next_at limit :rows
), recipient as materialized (
  select recipient_id from (select distinct recipient_id from oldest) found
  where pg_try_advisory_xact_lock(7305033, hashtext(recipient_id::text)) limit :messages
), due as materialized (
  select e.recipient_id, e.id from recipient r join email e on e.recipient_id = r.recipient_id
  where e.status = 'deferred' and e.next_at <= statement_timestamp()
  for update of e skip locked
) ${claimed}`;

/** Among so many that are due a look finds recipients of digests. */
const digestRows = 1_000;

/** Takes on what is due, single ones first; at any number of places at once. */
export async function claimMails(
  { knex }: Pick<Database, 'knex'>,
  { messages, leaseMs }: ClaimOptions,
): Promise<ClaimedMail[]> {
  const options = { messages, leaseMs, rows: digestRows, toAll: [...mailedToAll] };
  const singles = (await knex.raw<{ rows: EmailRow[] }>(singleSql, options)).rows;
  const room = messages - singles.length;
  if (room === 0) return singles.map((row) => mailOf([row]));
  const found = await knex.raw<{ rows: EmailRow[] }>(digestSql, { ...options, messages: room });
  const byRecipient = new Map<string, [EmailRow, ...EmailRow[]]>();
  for (const row of found.rows) {
    const others = byRecipient.get(row.recipient_id);
    if (others === undefined) byRecipient.set(row.recipient_id, [row]);
    else others.push(row);
  }
  return [...singles.map((row) => mailOf([row])), ...[...byRecipient.values()].map(mailOf)];
}

/** How a message ended, for all e-mails in it. */
export type MailOutcome = {
  readonly mail: ClaimedMail;
  /** `returned`: nobody tried, and it counts as no try. */
  readonly outcome: 'sent' | 'retry' | 'failed' | 'suppressed' | 'returned';
  readonly waitMs: number;
  /** A word of ours, never what a server said: that may hold the address. */
  readonly error: string | null;
};

/** Writes how messages ended. One that another try has taken up in the meantime stays. */
export async function settleMails(
  { knex }: Pick<Database, 'knex'>,
  outcomes: readonly MailOutcome[],
): Promise<void> {
  if (outcomes.length === 0) return;
  const rows = outcomes.flatMap(({ mail, outcome, waitMs, error }) =>
    mail.emails.map(({ id, attempts }) => ({
      ...{ recipient_id: mail.recipientId, id, attempts, outcome, wait_ms: waitMs, error },
    })),
  );
  await knex.raw(
    `update email e set
       status = case when r.outcome in ('retry', 'returned') then e.status else r.outcome end,
       attempts = e.attempts - (r.outcome = 'returned')::int,
       next_at = statement_timestamp() + make_interval(secs => r.wait_ms / 1000.0),
       ended_at =
         case when r.outcome not in ('retry', 'returned') then statement_timestamp() end,
       last_error = r.error
     from jsonb_to_recordset(?::jsonb) r(recipient_id uuid, id uuid, attempts int, outcome text,
       wait_ms float8, error text)
     where e.recipient_id = r.recipient_id and e.id = r.id and e.attempts = r.attempts
       and e.status in ('queued', 'deferred')`,
    [JSON.stringify(rows)],
  );
}

type EmailRow = {
  recipient_id: string;
  id: string;
  template: NotificationTemplate;
  version: number;
  data: string;
  attempts: number;
  occurred_at: Date;
  status: 'queued' | 'deferred';
  language: string | null;
};

function mailOf(rows: readonly [EmailRow, ...EmailRow[]]): ClaimedMail {
  const [{ recipient_id: recipientId, status, language }] = rows;
  const [first, ...others] = [...rows]
    .sort((a, b) => a.occurred_at.getTime() - b.occurred_at.getTime() || (a.id < b.id ? -1 : 1))
    .map((row) => ({
      ...{ id: row.id, template: row.template, version: row.version, data: row.data },
      ...{ attempts: row.attempts, occurredAtMs: row.occurred_at.getTime() },
    }));
  return {
    ...{ recipientId, language, isDigest: status === 'deferred' },
    emails: [first as ClaimedEmail, ...others],
  };
}
