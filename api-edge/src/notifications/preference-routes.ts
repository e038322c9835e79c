import {
  criticalTemplates,
  findPreferences,
  notificationTemplates,
  putPreferences,
  type Channels,
  type Database,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Route } from '../http/route.ts';
import { refuseFields } from '../problems.ts';

const channels = z
  .strictObject({ inbox: z.boolean(), email: z.boolean(), webhook: z.boolean() })
  .meta({
    id: 'NotificationChannels',
    description: 'Where it goes; by e-mail when your notification settings say so.',
    example: { inbox: true, email: false, webhook: true },
  });

type Template = (typeof notificationTemplates)[number];
const byTemplate = <Schema extends z.ZodType>(schema: Schema) =>
  Object.fromEntries(notificationTemplates.map((template) => [template, schema])) as Record<
    Template,
    Schema
  >;

const preferencesSchema = z
  .strictObject(byTemplate(channels))
  .meta({ id: 'NotificationPreferences' });

const preferencesRequest = z
  .strictObject(byTemplate(channels.optional()))
  .meta({ id: 'NotificationPreferencesRequest' });

const operation = {
  path: '/notification-preferences',
  tag: 'notifications',
  idempotent: false,
  responses: { 200: { description: 'By template.', schema: preferencesSchema } },
} as const;

/** How somebody wants to hear of what. */
export function preferenceRoutes(route: Route, { db }: { db: Database }): void {
  route({
    ...{ ...operation, method: 'get', scope: 'notifications:read' },
    summary: 'See how you hear of what',
    errors: [],
    handler: async ({ caller }) => ({
      status: 200,
      body: await findPreferences(db.knex, caller.userId),
    }),
  });
  route({
    ...{ ...operation, method: 'put', scope: 'notifications:read' },
    summary: 'Choose how you hear of what',
    description:
      'Templates that are left out stay as they are. Of money that moves and of disputes you ' +
      'hear in the inbox and by e-mail in any case.',
    body: preferencesRequest,
    errors: ['critical_template'],
    async handler({ caller, body }) {
      const given = Object.entries(body) as [Template, Channels | undefined][];
      const chosen = given.flatMap(([template, wanted]) =>
        wanted === undefined ? [] : [[template, wanted] as const],
      );
      const refused = chosen.filter(
        ([template, { inbox, email }]) => criticalTemplates.has(template) && !(inbox && email),
      );
      if (refused.length > 0) {
        return refuseFields(
          'critical_template',
          refused.map(([template]) => `/${template}`),
        );
      }
      return {
        status: 200,
        body: await putPreferences(db.knex, caller.userId, Object.fromEntries(chosen)),
      };
    },
  });
}
