import {
  findProfile,
  isTimeZone,
  putProfile,
  type Database,
  type NotificationProfile,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Route } from '../http/route.ts';
import { refuseField } from '../problems.ts';

const timeOfDay = z
  .string()
  .length(5)
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
  .meta({ description: 'Hours and minutes of a day.', example: '22:00' });

const quietHours = z.strictObject({ from: timeOfDay, until: timeOfDay }).meta({
  id: 'QuietHours',
  description: 'Over midnight when they begin later than they end; none when both are the same.',
});

const members = {
  email: z.boolean().meta({
    description: 'Notifications come by e-mail too. Of disputes you hear by e-mail in any case.',
    example: true,
  }),
  language: z
    .string()
    .max(5)
    .regex(/^[a-z]{2}(-[A-Z]{2})?$/)
    .meta({
      description: 'English and German are spoken; in all others you hear in English.',
      example: 'de-AT',
    }),
  time_zone: z
    .string()
    .max(64)
    .regex(/^[A-Za-z][\w+\-/]*$/)
    .meta({ description: 'Of the IANA database.', example: 'Europe/Berlin' }),
  quiet_hours: quietHours.nullable().meta({
    description: 'By e-mail only what is critical comes then; the rest comes at their end, in one.',
  }),
  digest: z.boolean().meta({
    description:
      'All that is not critical comes once a day, in one: as quiet hours end, or at 08:00.',
    example: false,
  }),
};

const settingsSchema = z.strictObject(members).meta({ id: 'NotificationSettings' });
const settingsRequest = z
  .strictObject(members)
  .partial()
  .meta({ id: 'NotificationSettingsRequest' });

const operation = {
  path: '/notification-settings',
  tag: 'notifications',
  scope: 'notifications:read',
  idempotent: false,
  responses: { 200: { description: 'As it is now.', schema: settingsSchema } },
  errors: [],
} as const;

/** In which words and at what hours somebody is told. */
export function settingsRoutes(route: Route, { db }: { db: Database }): void {
  route({
    ...{ ...operation, method: 'get' },
    summary: 'See how you are spoken to',
    handler: async ({ caller }) => ({
      status: 200,
      body: shown(await findProfile(db.knex, caller.userId)),
    }),
  });
  route({
    ...{ ...operation, method: 'put' },
    summary: 'Choose how you are spoken to',
    description:
      'Members that are left out stay as they are. E-mails begin when you ask for them; of money ' +
      'that moves and of disputes they come at any hour.',
    body: settingsRequest,
    errors: ['unknown_time_zone'],
    handler: async ({ caller, body }) => {
      const { time_zone: timeZone } = body;
      if (timeZone !== undefined && !isTimeZone(timeZone)) {
        return refuseField('unknown_time_zone', '/time_zone');
      }
      const profile = await putProfile(db.knex, caller.userId, changesOf(body));
      return { status: 200, body: shown(profile) };
    },
  });
}

function changesOf(body: z.output<typeof settingsRequest>): Partial<NotificationProfile> {
  const { email, language, time_zone: timeZone, quiet_hours: quiet, digest } = body;
  return {
    ...(email === undefined ? {} : { email }),
    ...(language === undefined ? {} : { language }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(digest === undefined ? {} : { digest }),
    ...(quiet === undefined ? {} : { quietHours: hoursOf(quiet) }),
  };
}

function hoursOf(quiet: z.output<typeof quietHours> | null): NotificationProfile['quietHours'] {
  if (quiet === null || quiet.from === quiet.until) return null;
  return { from: minutesOf(quiet.from), until: minutesOf(quiet.until) };
}

function shown(profile: NotificationProfile): z.output<typeof settingsSchema> {
  const { email, language, timeZone, quietHours: quiet, digest } = profile;
  return {
    ...{ email, language, time_zone: timeZone, digest },
    quiet_hours: quiet && { from: timeOf(quiet.from), until: timeOf(quiet.until) },
  };
}

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));

function timeOf(minutes: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
