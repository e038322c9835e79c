import { expect, it } from '@jest/globals';
import type { Notification } from '../notifications/notification.ts';
import type { Reader } from '../notifications/profile.ts';
import { wishesOf } from '../notifications/preferences.ts';
import { decideEmails } from './email.ts';

const recipientId = '0198c5a0-0000-7000-8000-000000000001';
const everything = wishesOf(undefined);
const reader: Reader = {
  ...{ email: true, emailSinceMs: 0, language: 'en', timeZone: 'Europe/Berlin' },
  ...{ quietHours: { from: 22 * 60, until: 7 * 60 }, digest: false },
};
const at = (text: string): number => Date.parse(text);
const night = at('2026-01-15T23:30:00Z');
const noon = at('2026-01-15T11:00:00Z');

const notification = (template: Notification['template'], occurredAtMs: number): Notification => ({
  ...{ notificationId: 'n', recipientId, channel: 'inbox', template, data: '{}' },
  ...{ occurredAtMs, status: 'delivered' },
});
const decided = (
  template: Notification['template'],
  occurredAtMs: number,
  changes: Partial<Reader> = {},
  wishes = everything,
) => {
  const readers = new Map([[recipientId, { ...reader, ...changes }]]);
  const emails = decideEmails([notification(template, occurredAtMs)], readers, wishes, noon);
  return emails.map(({ status, nextAtMs }) => [status, new Date(nextAtMs).toISOString()]);
};

/** Of those who never said anything. */
const toStranger = (template: Notification['template'], occurredAtMs: number) =>
  decideEmails([notification(template, occurredAtMs)], new Map(), everything, noon).map(
    ({ status }) => status,
  );

it('goes out at once, but in the quiet hours of its recipient', () => {
  expect(decided('ticket.replied', noon)).toEqual([['queued', '2026-01-15T11:00:00.000Z']]);
  expect(decided('ticket.replied', night)).toEqual([['deferred', '2026-01-16T06:00:00.000Z']]);
  expect(decided('ticket.replied', night, { timeZone: 'America/New_York' })[0]?.[0]).toBe('queued');
  expect(decided('ticket.replied', night, { quietHours: null })[0]?.[0]).toBe('queued');
});

it('what is critical goes out at any hour', () => {
  expect(decided('payment.captured', night)[0]?.[0]).toBe('queued');
  expect(decided('dispute.opened', night, { digest: true })[0]?.[0]).toBe('queued');
});

it('a digest comes at the end of the quiet hours, else at eight', () => {
  const morning = [['deferred', '2026-01-16T06:00:00.000Z']];
  expect(decided('ticket.replied', noon, { digest: true })).toEqual(morning);
  const eight = [['deferred', '2026-01-16T07:00:00.000Z']];
  expect(decided('ticket.replied', noon, { digest: true, quietHours: null })).toEqual(eight);
});

it('nothing for those who do not read e-mails, and nothing from before they did', () => {
  expect(toStranger('ticket.replied', noon)).toEqual([]);
  expect(toStranger('payment.captured', noon)).toEqual([]);
  expect(decided('ticket.replied', noon, { emailSinceMs: noon + 2_001 })).toEqual([]);
  expect(decided('ticket.replied', noon, { emailSinceMs: noon + 1_999 })).toHaveLength(1);
});

it('a dispute comes to all, at any hour, but not from before yesterday', () => {
  expect(toStranger('dispute.opened', noon)).toEqual(['queued']);
  expect(toStranger('dispute.decided', noon - 86_400_000)).toEqual(['queued']);
  expect(toStranger('dispute.decided', noon - 86_402_001)).toEqual([]);
  expect(decided('dispute.opened', noon, { emailSinceMs: noon + 5_000 })).toHaveLength(1);
  expect(decided('dispute.opened', noon - 3 * 86_400_000)).toHaveLength(1);
});

it('what somebody does not want here is kept as suppressed, unless it is critical', () => {
  const wishes = wishesOf({
    ...{ command: 'SELECT', rowCount: 2 },
    rows: [
      [recipientId, 'ticket.replied', '1', '0', '1'],
      [recipientId, 'payment.captured', '1', '0', '1'],
    ],
  });
  expect(decided('ticket.replied', night, {}, wishes)[0]?.[0]).toBe('suppressed');
  expect(decided('payment.captured', noon, {}, wishes)[0]?.[0]).toBe('queued');
});
