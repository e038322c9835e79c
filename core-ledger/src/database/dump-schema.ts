import type { Queryable } from './database.ts';

/**
 * The schema as the catalogue has it, as readable SQL: tables with their constraints, indexes and
 * triggers, views, functions, and what the auditor may read. Made for reviews and for the test
 * that compares it with `schema.sql`; the migrations are what makes a database.
 */
export async function dumpSchema(db: Queryable): Promise<string> {
  const parts: string[] = [];
  for (const query of [functions, tables, indexes, triggers, views, grants]) {
    const found = await db.raw<{ rows: { sql: string }[] }>(query);
    parts.push(...found.rows.map((row) => row.sql.trimEnd()));
  }
  return `${[heading, ...parts].join('\n\n')}\n`;
}

const heading = '-- Written by core-ledger/scripts/dump-schema.ts from the catalogue: do not edit.';

/** Ours, without the migrator's own tables. */
const ofOurs = `n.nspname in ('public', 'audit') and c.relname not like 'knex\\_%'`;

const functions = `
  select pg_get_functiondef(p.oid) || ';' as sql
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace
  where n.nspname in ('public', 'audit') order by p.proname`;

const tables = `
  select format('create table %s (', c.relname) || E'\\n  ' ||
    string_agg(line, E',\\n  ' order by rank, place) || E'\\n)' ||
    coalesce(' with (' || array_to_string(c.reloptions, ', ') || ')', '') || ';' as sql
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  join lateral (
    select 1 as rank, a.attnum as place, a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ||
      case when a.attidentity = 'a' then ' generated always as identity' else '' end ||
      case when a.attnotnull then ' not null' else '' end ||
      coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
    from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    union all
    select 2, row_number() over (order by k.conname),
      format('constraint %s %s', k.conname, pg_get_constraintdef(k.oid))
    from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n'
  ) l on true
  where c.relkind = 'r' and ${ofOurs} group by c.oid, c.relname, c.reloptions order by c.relname`;

const indexes = `
  select string_agg(pg_get_indexdef(i.indexrelid) || ';', E'\\n' order by x.relname) as sql
  from pg_index i join pg_class x on x.oid = i.indexrelid
  join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
  where ${ofOurs} and not exists (select from pg_constraint k where k.conindid = i.indexrelid)
  group by c.relname order by c.relname`;

const triggers = `
  select string_agg(pg_get_triggerdef(t.oid) || ';', E'\\n' order by c.relname, t.tgname) as sql
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  join pg_namespace n on n.oid = c.relnamespace
  where not t.tgisinternal and ${ofOurs} having count(*) > 0`;

const views = `
  select format(E'create view %s.%s as\\n%s', n.nspname, c.relname, pg_get_viewdef(c.oid)) as sql
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'v' and ${ofOurs} order by c.relname`;

const grants = `
  select string_agg(format('grant %s on %s.%s to auditor;', lower(privilege_type), table_schema,
    table_name), E'\\n' order by table_schema, table_name, privilege_type) as sql
  from information_schema.role_table_grants where grantee = 'auditor'
    and table_catalog = current_database() having count(*) > 0`;
