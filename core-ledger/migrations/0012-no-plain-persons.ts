/** Names and addresses in the open are gone for good; `person` has them, sealed. */
export const noPlainPersons = {
  name: '0012-no-plain-persons',
  up: `
do $$ begin
  if exists (select from app_user where email is not null or name is not null) then
    raise exception 'users of before 0009 are not sealed yet: start the identity service of the '
      'version before this one, which seals them';
  end if;
end $$;
alter table app_user drop column email, drop column name;
`,
};
