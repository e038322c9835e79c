import type { Queryable } from '../database/database.ts';
import type { Answer, Statement } from '../database/statements.ts';
import { noteInterest } from './interest.ts';
import { notificationTemplates } from './notification.ts';
import type { NotificationTemplate } from './notification.ts';

/** Where somebody wants to hear of something. */
export type Channels = {
  readonly inbox: boolean;
  readonly email: boolean;
  readonly webhook: boolean;
};
export type Preferences = Readonly<Record<NotificationTemplate, Channels>>;

/** Money that moves, and cases: people hear of these whatever they prefer. */
export const criticalTemplates: ReadonlySet<NotificationTemplate> = new Set([
  'payment.captured',
  'refund.succeeded',
  'dispute.opened',
  'dispute.decided',
]);

/**
 * A case that is not answered in time is lost: its parties hear of it by e-mail though they never
 * asked for any.
 */
export const mailedToAll: ReadonlySet<NotificationTemplate> = new Set([
  'dispute.opened',
  'dispute.decided',
]);

const everywhere: Channels = { inbox: true, email: true, webhook: true };

/** Of all templates; what nobody has said anything about goes everywhere. */
export async function findPreferences(db: Queryable, userId: string): Promise<Preferences> {
  const rows = await db<Channels & { user_id: string; template: string }>(
    'notification_preference',
  ).where({
    user_id: userId,
  });
  const said = new Map(rows.map((row) => [row.template, row]));
  return Object.fromEntries(
    notificationTemplates.map((template) => {
      const { inbox, email, webhook } = said.get(template) ?? everywhere;
      return [template, { inbox, email, webhook }];
    }),
  ) as Preferences;
}

/** Changes those that are given; the others stay. */
export async function putPreferences(
  db: Queryable,
  userId: string,
  preferences: Partial<Preferences>,
): Promise<Preferences> {
  const rows = Object.entries(preferences).map(([template, { inbox, email, webhook }]) => ({
    ...{ user_id: userId, template, inbox, email, webhook },
  }));
  if (rows.length > 0) {
    await noteInterest(db, userId);
    await db('notification_preference')
      .insert(rows.map((row) => ({ ...row, updated_at: db.raw('statement_timestamp()') })))
      .onConflict(['user_id', 'template'])
      .merge();
  }
  return findPreferences(db, userId);
}

/** Who of these wants to hear less than all; see `wishesOf`. */
export function readWishes(userIds: readonly string[]): Statement {
  return {
    name: 'notification_wishes',
    text: `select user_id, template, inbox::int, email::int, webhook::int
      from notification_preference
      where user_id = any($1::uuid[]) and not (inbox and email and webhook)`,
    values: [`{${userIds.join(',')}}`],
  };
}

export type Wishes = {
  isWanted(userId: string, template: NotificationTemplate | null, channel: keyof Channels): boolean;
};

/** The answer to `readWishes`. What no template stands for goes to every webhook. */
export function wishesOf(answer: Answer | undefined): Wishes {
  const said = new Map(
    (answer?.rows ?? []).map(([userId, template, inbox, email, webhook]) => [
      `${userId} ${template}`,
      { inbox: inbox === '1', email: email === '1', webhook: webhook === '1' },
    ]),
  );
  return {
    isWanted(userId, template, channel) {
      if (template === null) return true;
      if (channel !== 'webhook' && criticalTemplates.has(template)) return true;
      return said.get(`${userId} ${template}`)?.[channel] ?? true;
    },
  };
}
