import type { AskIdentity } from '../runner/identity.ts';

/** Where somebody reads e-mails. */
export type Address = { readonly email: string; readonly name: string };

/** By user; of those who were erased there is none. */
export type Addresses = ReadonlyMap<string, Address>;

/** The addresses of these users. Faults: those of `AskIdentity`. */
export type FindAddresses = (userIds: readonly string[]) => Promise<Addresses>;

export function createFindAddresses(askIdentity: AskIdentity): FindAddresses {
  return async (userIds) => {
    const { addresses } = (await askIdentity('/addresses', { user_ids: userIds })) as {
      addresses: { user_id: string; email: string; name: string }[];
    };
    return new Map(addresses.map(({ user_id: id, email, name }) => [id, { email, name }]));
  };
}
