/** Dead letters stay in Kafka; what somebody did about one is remembered here. */
export const deadLetters = {
  name: '0023-dead-letters',
  up: `
create table handled_dead_letter (
  topic text not null,
  partition integer not null,
  letter_offset bigint not null,
  outcome text not null check (outcome in ('redriven', 'dismissed')),
  reason text,
  handled_at timestamptz not null default statement_timestamp(),
  primary key (topic, partition, letter_offset)
);
comment on table handled_dead_letter is
  'topic is the one whose dead letters these are; partition and offset are those of the letter';
`,
};
