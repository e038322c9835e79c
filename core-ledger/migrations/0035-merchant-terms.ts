/** What an operator agrees with a merchant: fees, who bears them, when a second person decides. */
export const merchantTerms = {
  name: '0035-merchant-terms',
  up: `
-- A merchant without a row has the house's terms of core-ledger/src/merchants/terms.ts.
create table merchant_terms (
  wallet_id uuid primary key,
  fee_fixed_minor bigint not null,
  fee_basis_points integer not null,
  refund_fee text not null,
  dispute_fee_minor bigint not null,
  provisional_up_to_minor bigint not null,
  second_person_above_minor bigint not null,
  updated_at timestamptz not null default statement_timestamp(),
  constraint merchant_terms_refund_fee_check check (refund_fee in ('kept', 'proportional')),
  constraint merchant_terms_fee_bound check (
    fee_fixed_minor between 0 and 1000000 and fee_basis_points between 0 and 10000),
  constraint merchant_terms_dispute_fee_bound check (dispute_fee_minor between 0 and 1000000),
  constraint merchant_terms_provisional_bound check (
    provisional_up_to_minor between 0 and 1000000000000000),
  -- Nobody frees himself of the second person.
  constraint merchant_terms_second_person_bound check (
    second_person_above_minor between 0 and 50000)
);
revoke delete on merchant_terms from wallet_app;

-- Who keeps the fee of what goes back was all that could be agreed until now.
insert into merchant_terms (wallet_id, fee_fixed_minor, fee_basis_points, refund_fee,
    dispute_fee_minor, provisional_up_to_minor, second_person_above_minor)
  select payee_wallet_id, 10, 100, fee, 1500, 50000, 50000 from refund_policy;
drop table refund_policy;
`,
};
