/** Since when a batch is on its way: what a bank does not answer grows old. */
export const settlementsSent = {
  name: '0031-settlements-sent',
  up: `
-- When it was sent to the bank; null: not yet.
alter table settlement add column submitted_at timestamptz;
update settlement set submitted_at = updated_at
  where status in ('submitted', 'partially_settled');
`,
};
