import type { Queryable } from '../database/database.ts';
import type { Answer, Statement } from '../database/statements.ts';

/** From now on events look at more than the inbox of this user. */
export async function noteInterest(db: Queryable, userId: string): Promise<void> {
  await db.raw('insert into notification_interest values (?::uuid) on conflict do nothing', [
    userId,
  ]);
}

/** Who of these ever had an endpoint, a preference or a profile; see `interestedOf`. */
export function readInterest(userIds: Iterable<string>): Statement {
  return {
    name: 'notification_interest',
    text: 'select user_id from notification_interest where user_id = any($1::uuid[])',
    values: [`{${[...userIds].join(',')}}`],
  };
}

/** The answer to `readInterest`. */
export function interestedOf(answer: Answer | undefined): string[] {
  return (answer?.rows ?? []).map(([userId]) => String(userId));
}
