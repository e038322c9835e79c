import type { Queryable } from '../database/database.ts';

/** What never changes about a payment once it has a row; amounts in minor units. */
export type PaymentFacts = {
  readonly id: string;
  readonly payerWalletId: string;
  readonly payeeWalletId: string;
  /** Users. */
  readonly payerId: string;
  readonly payeeId: string;
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly capture: 'automatic' | 'manual';
  /** How long its authorization may last, when it gets one; null is the longest. */
  readonly authorizationSeconds: number | null;
  /** Milliseconds since 1970. */
  readonly acceptedAtMs: number;
};

/** Remembers payment facts for one process. */
export type PaymentFactsCache = {
  /** Fetches what is not known yet, in one query; ids that do not exist stay unknown. */
  load(paymentIds: Iterable<string>): Promise<void>;
  /** The facts if they were loaded and the payment has its first row. */
  get(paymentId: string): PaymentFacts | undefined;
};

/** Keeps the `maximum` payments used last. */
export function createPaymentFacts(options: {
  db: Queryable;
  maximum?: number;
}): PaymentFactsCache {
  const { db, maximum = 20_000 } = options;
  const known = new Map<string, PaymentFacts>();
  return {
    async load(paymentIds) {
      const asked = new Set(paymentIds);
      const missing = [...asked].filter((id) => !known.has(id));
      if (missing.length > 0) {
        for (const facts of await readPaymentFacts(db, missing)) known.set(facts.id, facts);
      }
      // The oldest go first, but nothing that was just asked for.
      for (const id of known.keys()) {
        if (known.size <= maximum) break;
        if (!asked.has(id)) known.delete(id);
      }
    },
    get: (paymentId) => known.get(paymentId),
  };
}

async function readPaymentFacts(db: Queryable, ids: string[]): Promise<PaymentFacts[]> {
  const found = await db.raw<{ rows: FactsRow[] }>(
    `select p.id, p.payer_wallet_id, p.payee_wallet_id, p.payer_id, p.payee_id, p.amount_minor,
       p.currency, p.capture, p.authorization_seconds, p.accepted_at
     from unnest(?::uuid[]) as asked (id) cross join lateral (
       select * from payment where payment.id = asked.id offset 0) p`,
    [ids],
  );
  return found.rows.map((row) => ({
    ...{ id: row.id, currency: row.currency, capture: row.capture },
    ...{ payerWalletId: row.payer_wallet_id, payeeWalletId: row.payee_wallet_id },
    ...{ payerId: row.payer_id, payeeId: row.payee_id },
    amountMinor: BigInt(row.amount_minor),
    authorizationSeconds: row.authorization_seconds,
    acceptedAtMs: row.accepted_at.getTime(),
  }));
}

type FactsRow = {
  id: string;
  payer_wallet_id: string;
  payee_wallet_id: string;
  payer_id: string;
  payee_id: string;
  amount_minor: string;
  currency: string;
  capture: 'automatic' | 'manual';
  authorization_seconds: number | null;
  accepted_at: Date;
};
