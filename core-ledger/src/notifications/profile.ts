import type { Queryable } from '../database/database.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { noteInterest } from './interest.ts';
import type { DayMinutes } from './local-time.ts';

/** How somebody wants to be spoken to. */
export type NotificationProfile = {
  /** Notifications go out by e-mail too. */
  readonly email: boolean;
  /** A language tag, `de` or `de-AT`; see `template` for those that are spoken. */
  readonly language: string;
  /** Of the IANA database. */
  readonly timeZone: string;
  /** When only critical e-mails go out, in that zone. */
  readonly quietHours: QuietHours | null;
  /** All e-mails that are not critical come once a day, in one. */
  readonly digest: boolean;
};

export type QuietHours = { readonly from: DayMinutes; readonly until: DayMinutes };

/** Of somebody who reads e-mails, with the moment from which on. */
export type Reader = NotificationProfile & { readonly emailSinceMs: number };

/** Of those who have said nothing: e-mail begins when it is asked for. */
const usual: NotificationProfile = {
  ...{ email: false, language: 'en', timeZone: 'UTC', quietHours: null, digest: false },
};

export async function findProfile(db: Queryable, userId: string): Promise<NotificationProfile> {
  const row = await db<ProfileRow>('notification_profile')
    .where({ user_id: userId })
    .first<ProfileRow | undefined>();
  return row === undefined ? usual : profileOf(row);
}

/** Changes what is given; the rest stays. */
export async function putProfile(
  db: Queryable,
  userId: string,
  changes: Partial<NotificationProfile>,
): Promise<NotificationProfile> {
  return db.transaction(async (trx) => {
    await noteInterest(trx, userId);
    const profile = { ...(await findProfile(trx, userId)), ...changes };
    const { email, language, timeZone, quietHours, digest } = profile;
    const { rows } = await trx.raw<{ rows: ProfileRow[] }>(
      `insert into notification_profile as p (user_id, email_since, language, time_zone, quiet_from,
         quiet_until, digest)
       values (:userId, case when :email then statement_timestamp() end, :language, :timeZone,
         :from, :until, :digest)
       on conflict (user_id) do update set language = excluded.language,
         email_since =
           case when :email then coalesce(p.email_since, excluded.email_since) end,
         time_zone = excluded.time_zone, quiet_from = excluded.quiet_from,
         quiet_until = excluded.quiet_until, digest = excluded.digest,
         updated_at = statement_timestamp() returning *`,
      {
        ...{ userId, email, language, timeZone, digest },
        ...{ from: quietHours?.from ?? null, until: quietHours?.until ?? null },
      },
    );
    return profileOf(rows[0] as ProfileRow);
  });
}

/** Those of these who read e-mails; see `readersOf`. */
export function readReaders(userIds: readonly string[]): Statement {
  return {
    name: 'notification_readers',
    text: `select user_id, (extract(epoch from email_since) * 1000)::int8, language, time_zone,
        quiet_from, quiet_until, digest::int
      from notification_profile where user_id = any($1::uuid[]) and email_since is not null`,
    values: [`{${userIds.join(',')}}`],
  };
}

/** The answer to `readReaders`, by user. */
export function readersOf(answer: Answer | undefined): ReadonlyMap<string, Reader> {
  return new Map(
    (answer?.rows ?? []).map(([userId, since, language, timeZone, from, until, digest]) => [
      String(userId),
      {
        ...{ email: true, emailSinceMs: Number(since) },
        ...{ language: String(language), timeZone: String(timeZone), digest: digest === '1' },
        quietHours: typeof from === 'string' ? { from: Number(from), until: Number(until) } : null,
      },
    ]),
  );
}

type ProfileRow = {
  user_id: string;
  email_since: Date | null;
  language: string;
  time_zone: string;
  quiet_from: number | null;
  quiet_until: number | null;
  digest: boolean;
};

function profileOf(row: ProfileRow): NotificationProfile {
  const { quiet_from: from, quiet_until: until } = row;
  return {
    ...{ email: row.email_since !== null, language: row.language, timeZone: row.time_zone },
    ...{ quietHours: from === null || until === null ? null : { from, until } },
    digest: row.digest,
  };
}
