import {
  createList,
  listEntriesOf,
  listLists,
  putListEntry,
  removeListEntry,
  type Database,
  type ListEntryView,
  type ListRefusal,
  type ListView,
} from '@wallet/core-ledger';
import { z } from 'zod';
import type { Cursors } from '../http/cursor.ts';
import { fields, pageOf, pageQuery } from '../http/fields.ts';
import { answerPage } from '../http/paging.ts';
import type { Route } from '../http/route.ts';
import { refuse, type ProblemCode } from '../problems.ts';
import { actorOf } from './ruleset-routes.ts';

export type ListDependencies = { db: Database; cursors: Cursors };

const listName = () =>
  z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9_]{0,63}$/)
    .meta({ description: 'As rules name it: lists.<name>.', example: 'trusted' });
const value = () =>
  fields.text(200).meta({ description: 'What is listed.', example: 'device-7f3a' });
const reason = () =>
  fields.text(500).meta({ description: 'Why, for the record.', example: 'chargeback of 14 March' });

const listSchema = z
  .strictObject({
    name: listName(),
    object: z.literal('list'),
    description: fields.text(500).meta({ example: 'devices of known fraud' }),
    entries: z.int().min(0).meta({ description: 'In force now.' }),
    created_at: fields.time(),
  })
  .meta({ id: 'FraudList' });

const entrySchema = z
  .strictObject({
    list: listName(),
    object: z.literal('list_entry'),
    value: value(),
    reason: reason(),
    expires_at: fields.time().nullable(),
    created_at: fields.time(),
  })
  .meta({ id: 'FraudListEntry' });

const problemOf: Readonly<Record<ListRefusal, ProblemCode>> = {
  no_such_list: 'not_found',
  no_such_entry: 'not_found',
  list_exists: 'list_exists',
};

const operation = { tag: 'fraud', idempotent: false } as const;
const listParams = z.object({ name: listName() });
const entryParams = z.object({ name: listName(), value: value() });

/** Lists that rules read. A change acts within two seconds. */
export function listRoutes(route: Route, { db, cursors }: ListDependencies): void {
  route({
    ...operation,
    method: 'get',
    path: '/fraud/lists',
    summary: 'List the lists',
    scope: 'fraud:read',
    responses: {
      200: {
        description: 'All of them, by name.',
        schema: z.strictObject({ data: z.array(listSchema).max(1_000) }).meta({ id: 'FraudLists' }),
      },
    },
    errors: [],
    handler: async () => ({
      status: 200,
      body: { data: (await listLists(db.knex)).map(shownList) },
    }),
  });
  route({
    ...operation,
    method: 'post',
    path: '/fraud/lists',
    summary: 'Make a list',
    scope: 'fraud:write',
    body: z
      .strictObject({
        name: listName(),
        description: fields.text(500).meta({ example: 'devices of known fraud' }),
      })
      .meta({ id: 'FraudListRequest' }),
    responses: { 201: { description: 'The list, without entries.', schema: listSchema } },
    errors: ['list_exists'],
    async handler({ body, ...call }) {
      const refused = await createList(db, body, actorOf(call));
      if (refused !== null) return refuse(problemOf[refused]);
      const list = { ...body, entries: 0, createdAt: new Date() };
      return { status: 201, body: shownList(list) };
    },
  });
  entryRoutes(route, { db, cursors });
}

function entryRoutes(route: Route, { db, cursors }: ListDependencies): void {
  route({
    ...operation,
    method: 'get',
    path: '/fraud/lists/{name}/entries',
    summary: 'List what is on a list',
    description: 'Entries in force, by value.',
    scope: 'fraud:read',
    params: listParams,
    query: pageQuery,
    responses: {
      200: { description: 'A page.', schema: pageOf(entrySchema, 'FraudListEntryPage') },
    },
    errors: ['invalid_cursor'],
    async handler({ params: { name }, query: page }) {
      const first = await listEntriesOf(db.knex, { list: name, after: null, limit: 0 });
      if (first === null) return refuse('not_found');
      return answerPage(cursors, {
        ...{ scope: `list|${name}`, page, shown: shownEntry },
        positionOf: ({ value }: ListEntryView) => value,
        load: async (after, limit) =>
          (await listEntriesOf(db.knex, { list: name, after, limit })) ?? [],
      });
    },
  });
  entryWritingRoutes(route, db);
}

function entryWritingRoutes(route: Route, db: Database): void {
  route({
    ...operation,
    method: 'put',
    path: '/fraud/lists/{name}/entries/{value}',
    summary: 'Put a value on a list',
    description: 'One that is there already gets the new reason and expiry.',
    scope: 'fraud:write',
    params: entryParams,
    body: z
      .strictObject({
        reason: reason(),
        expires_at: z.iso.datetime({ offset: true }).max(40).optional(),
      })
      .meta({ id: 'FraudListEntryRequest' }),
    responses: { 200: { description: 'The entry.', schema: entrySchema } },
    errors: ['not_found'],
    async handler({ params, body, ...call }) {
      const expiresAt = body.expires_at === undefined ? undefined : new Date(body.expires_at);
      const entry = { list: params.name, value: params.value, reason: body.reason, expiresAt };
      const put = await putListEntry(db, entry, actorOf(call));
      if (typeof put === 'string') return refuse(problemOf[put]);
      return { status: 200, body: shownEntry(put) };
    },
  });
  route({
    ...operation,
    method: 'delete',
    path: '/fraud/lists/{name}/entries/{value}',
    summary: 'Take a value off a list',
    description: 'What was on it before stays known, with who took it off and why.',
    scope: 'fraud:write',
    params: entryParams,
    query: z.strictObject({ reason: reason().optional() }),
    responses: { 204: { description: 'It is off.' } },
    errors: ['not_found'],
    async handler({ params, query, ...call }) {
      const entry = { list: params.name, value: params.value, reason: query.reason ?? 'removed' };
      const refused = await removeListEntry(db, entry, actorOf(call));
      return refused === null ? { status: 204 } : refuse(problemOf[refused]);
    },
  });
}

function shownList({ createdAt, ...list }: ListView): z.output<typeof listSchema> {
  return { ...list, object: 'list', created_at: createdAt.toISOString() };
}

function shownEntry(entry: ListEntryView): z.output<typeof entrySchema> {
  const { list, value: onIt, reason: why, expiresAt, createdAt } = entry;
  return {
    ...{ list, object: 'list_entry', value: onIt, reason: why },
    expires_at: expiresAt?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
  };
}
