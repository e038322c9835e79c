import type { System } from './system.ts';

/** Does the group's place in the database stand at the end of every partition with records? */
export async function isRead(
  { db, wire }: Pick<System, 'db' | 'wire'>,
  group: string,
  topic: string,
): Promise<boolean> {
  const found = await db.knex.raw<{ rows: { partition: number; next: string }[] }>(
    `select partition, next_offset as next from consumer_offset
     where consumer_group = ? and topic = ?`,
    [group, topic],
  );
  const next = new Map(found.rows.map((row) => [row.partition, Number(row.next)]));
  const ends = await wire.admin.endOffsets(topic);
  return [...ends].every(([partition, end]) => end === 0 || next.get(partition) === end);
}
