/** When the last of a payment was captured: from then on a merchant's money clears. */
export const capturedAt = {
  name: '0036-captured-at',
  up: `
-- Null: captured with its first state, at decided_at, or not at all.
alter table payment add column captured_at timestamptz;
update payment p set captured_at = c.at
from (select object_id, max(at) as at from object_change
  where object = 'payment' and to_status in ('authorized', 'captured') and actor <> 'timer'
  group by object_id) c
where p.id = c.object_id and p.captured_minor > 0;
`,
};
