import type { Notification, NotificationTemplate } from '../notifications/notification.ts';
import { criticalTemplates, mailedToAll, type Wishes } from '../notifications/preferences.ts';
import { dayMinutesAt, isWithin, nextDayMinutes } from '../notifications/local-time.ts';
import type { NotificationProfile, Reader } from '../notifications/profile.ts';
import { versionInForce } from '../notifications/templates/render.ts';

/** A notification on its way to an address. */
export type Email = {
  readonly recipientId: string;
  readonly id: string;
  readonly template: NotificationTemplate;
  readonly version: number;
  /** JSON text of what the template shows. */
  readonly data: string;
  readonly occurredAtMs: number;
  /** `deferred`: for the one message a day; `suppressed`: its recipient does not want it here. */
  readonly status: 'queued' | 'deferred' | 'suppressed';
  readonly nextAtMs: number;
};

/** When the message of the day comes to those who have no quiet hours: 08:00. */
const usualDigestMinutes = 8 * 60;
/** Who never asked for e-mails hears of nothing that is older. */
const newsMs = 86_400_000;
/** By so much the clocks of those who say when something happened may differ. */
const clockSkewMs = 2_000;

/**
 * What goes out by e-mail of these: nothing from before its recipient asked for e-mails, or, of
 * what all are told, from before yesterday, so that reading a topic again tells nobody of old
 * times. `nowMs` is of any clock; else the same ones every time.
 */
export function decideEmails(
  notifications: readonly Notification[],
  readers: ReadonlyMap<string, Reader>,
  wishes: Wishes,
  nowMs: number,
): Email[] {
  return notifications.flatMap((notification) => {
    const { recipientId, template, data, occurredAtMs, notificationId: id } = notification;
    const reader = readers.get(recipientId);
    const sinceMs = Math.min(
      reader?.emailSinceMs ?? Infinity,
      mailedToAll.has(template) ? nowMs - newsMs : Infinity,
    );
    if (occurredAtMs < sinceMs - clockSkewMs) return [];
    const isWanted = wishes.isWanted(recipientId, template, 'email');
    const held =
      isWanted && reader !== undefined && isHeldBack(reader, template, occurredAtMs)
        ? reader
        : null;
    return {
      ...{ recipientId, id, template, version: versionInForce(template), data, occurredAtMs },
      status: !isWanted ? 'suppressed' : held === null ? 'queued' : 'deferred',
      nextAtMs: held === null ? occurredAtMs : nextDigestMs(held, occurredAtMs),
    };
  });
}

/** Money that moves, and cases, hold for no night. */
function isHeldBack(
  { digest, quietHours, timeZone }: NotificationProfile,
  template: NotificationTemplate,
  atMs: number,
): boolean {
  if (criticalTemplates.has(template)) return false;
  if (digest) return true;
  if (quietHours === null) return false;
  return isWithin(dayMinutesAt(atMs, timeZone), quietHours.from, quietHours.until);
}

/** At the end of the quiet hours: once a day. */
function nextDigestMs({ quietHours, timeZone }: NotificationProfile, atMs: number): number {
  return nextDayMinutes(atMs, quietHours?.until ?? usualDigestMinutes, timeZone);
}
