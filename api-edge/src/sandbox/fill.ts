import {
  beginMerchantSettings,
  deriveId,
  findWallets,
  findWalletViews,
  insertUser,
  listTiers,
  openWallets,
  payingAccountOf,
  post,
  putListEntries,
  putTier,
  type Database,
  type Queryable,
  type Vault,
  type WalletToOpen,
} from '@wallet/core-ledger';
import {
  openingBalanceMinor,
  sandboxCurrencies,
  sandboxId,
  sandboxTiers,
  sandboxUsers,
  type SandboxUser,
} from './users.ts';

/** Guards against two fillers at once; any constant of our own. */
const fillLock = 7_305_004;
/** Stands before the time of every real transfer, so that an opening balance comes first. */
const openingTimeMs = Date.UTC(2020, 0, 1);

/**
 * Gives the sandbox its users, wallets, opening balances and trusted list. What is there stays as
 * it is: a second call changes nothing.
 * @param hashPassword called once, and only when a user is missing
 */
export async function fillSandbox(
  { db, vault }: { db: Database; vault: Vault },
  hashPassword: () => Promise<string>,
): Promise<{ users: number; wallets: number }> {
  const missing = await findMissing(db.knex);
  const passwordHash = missing.length === 0 ? '' : await hashPassword();
  const wallets = sandboxUsers.flatMap(walletsOf);
  const funded = await db.knex.transaction(async (trx) => {
    await trx.raw('select pg_advisory_xact_lock(?)', [fillLock]);
    for (const user of missing) await insertUser(trx, vault, { ...user, passwordHash });
    await openWallets(trx, wallets);
    await beginMerchantSettings(trx, wallets.flatMap(clearingAtOnce), clearsAtOnce);
    await describeTiers(trx);
    return fund(
      trx,
      wallets.filter(({ kind }) => kind === 'customer'),
    );
  });
  await putListEntries(
    db,
    sandboxUsers
      .filter(({ trusted }) => trusted)
      .map(({ id }) => ({ list: 'trusted', value: id, reason: 'sandbox' })),
  );
  return { users: missing.length, wallets: funded };
}

/** The one merchant whose money clears at once; the others have the defaults. */
const clearsAtOnce = {
  ...({ mode: 'gross_immediate', clearingSeconds: 0 } as const),
  ...{ minimumMinor: 0n, destination: 'sandbox-bank' },
};

function clearingAtOnce({ id, ownerId }: WalletToOpen): string[] {
  return ownerId === sandboxId('merchant1@wallet.test') ? [id] : [];
}

/** Tiers to give to wallets; until then no wallet has one. What was changed stays. */
async function describeTiers(trx: Queryable): Promise<void> {
  const described = await listTiers(trx);
  const isNew = ({ name, currency }: { name: string; currency: string }): boolean =>
    !described.some((tier) => tier.name === name && tier.currency === currency);
  for (const tier of sandboxTiers.filter(isNew)) await putTier(trx, tier);
}

async function findMissing(db: Queryable): Promise<SandboxUser[]> {
  const found = await db<{ id: string }>('app_user')
    .whereIn(
      'id',
      sandboxUsers.map(({ id }) => id),
    )
    .select('id');
  const present = new Set(found.map(({ id }) => id));
  return sandboxUsers.filter(({ id }) => !present.has(id));
}

function walletsOf(user: SandboxUser): WalletToOpen[] {
  const kind = user.role;
  if (kind !== 'customer' && kind !== 'merchant') return [];
  return sandboxCurrencies.map((currency) => ({
    id: sandboxId(`${user.email}|${currency}`),
    ownerId: user.id,
    kind,
    currency,
  }));
}

/** Puts the opening balance on wallets that nothing has ever moved on. */
async function fund(trx: Queryable, wallets: WalletToOpen[]): Promise<number> {
  const ids = wallets.map(({ id }) => id);
  const untouched = (await findWalletViews(trx, ids)).filter(({ version }) => version === 0n);
  const facts = await findWallets(
    trx,
    untouched.map(({ id }) => id),
  );
  const transfers = [...facts.values()].map((wallet) => {
    const { currency, platform } = wallet;
    const intentId = sandboxId(`opening balance|${wallet.walletId}`);
    return {
      type: 'transfer' as const,
      id: deriveId(openingTimeMs, intentId, 'top_up'),
      kind: 'top_up' as const,
      paymentId: null,
      intentId,
      legs: [
        { accountId: platform.external, amountMinor: -openingBalanceMinor, currency },
        { accountId: payingAccountOf(wallet), amountMinor: openingBalanceMinor, currency },
      ],
    };
  });
  const refused = (await post(trx, transfers)).find((result) => !result.ok);
  if (refused !== undefined) throw new Error(`an opening balance was refused: ${refused.reason}`);
  return transfers.length;
}
