import type { NotificationTemplate } from '../notification.ts';

/**
 * `{name}` stands for what the notification's data has under that name; `{amount}` for
 * `amount_minor` in `currency`. A line with a name that the data lacks is left out.
 */
export type Text = { readonly subject: string; readonly text: string };

/** What is said in one language. */
export type Texts = {
  /** Each version as it was first said, the oldest first: one that was sent never changes. */
  readonly templates: Readonly<Record<NotificationTemplate, readonly [Text, ...Text[]]>>;
  /** The one message a day, before what it tells of. `{count}`: how many. */
  readonly digest: Text;
  /** Instead of those that are too many for one message. */
  readonly more: string;
  /** Under everything. */
  readonly closing: string;
  /** Instead, under what all are told of. */
  readonly closingToAll: string;
};
