import { randomUUID } from 'node:crypto';
import { Fault, monotonicMs, type Metrics } from '@wallet/runtime';

/** Where and as whom the monitor pays. */
export type HeartbeatOptions = {
  /** The edge as clients reach it. */
  edgeUrl: string;
  /** Addresses of two customers on the list "trusted", each with a wallet in the same currency. */
  users: readonly string[];
  password: string;
  metrics: Metrics;
};

type Customer = { bearer: string; walletId: string; currency: string; renewAtMs: number };

/** The smallest payment there is; it comes back with the next one. */
const amountMinor = 1;
/** As long as the edge may wait for the end of the payment. */
const waitSeconds = 10;
const patienceMs = 15_000;
const renewBeforeMs = 60_000;

/**
 * Pays one minor unit to and fro, as a client does: through the edge, Kafka, fraud, the ledger and
 * back. It tells that payments go through when nobody pays.
 * @returns a look that throws when the payment is not captured in time
 */
export function createHeartbeatLook(options: HeartbeatOptions): () => Promise<void> {
  const { edgeUrl, users, password, metrics } = options;
  const sessions = new Map<string, Customer>();
  let rounds = 0;

  const ask = async (path: string, init: RequestInit): Promise<Record<string, unknown>> => {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(new URL(path, edgeUrl), { ...init, signal });
    const text = await response.text();
    if (response.ok) return JSON.parse(text) as Record<string, unknown>;
    const told = `${path}: ${response.status} ${text.slice(0, 200)}`;
    throw new Fault('heartbeat_refused', told, { retriable: true });
  };
  const json = { 'content-type': 'application/json' };

  const logIn = async (email: string): Promise<Customer> => {
    const body = JSON.stringify({ email, password });
    const token = await ask('/login', { method: 'POST', headers: json, body });
    const bearer = `Bearer ${String(token['access_token'])}`;
    const { data } = await ask('/wallets', { headers: { authorization: bearer } });
    // Both have the same currencies.
    const wallets = data as { id: string; currency: string }[];
    const [wallet] = wallets.sort((a, b) => a.currency.localeCompare(b.currency));
    if (wallet === undefined)
      throw new Fault('heartbeat_refused', `${email} has no wallet`, { retriable: true });
    const renewAtMs = monotonicMs() + Number(token['expires_in']) * 1_000 - renewBeforeMs;
    return { bearer, walletId: wallet.id, currency: wallet.currency, renewAtMs };
  };
  const customer = async (index: number): Promise<Customer> => {
    const email = users[index % users.length] ?? '';
    const known = sessions.get(email);
    if (known !== undefined && monotonicMs() < known.renewAtMs) return known;
    const fresh = await logIn(email);
    sessions.set(email, fresh);
    return fresh;
  };

  return async () => {
    rounds += 1;
    const [payer, payee] = [await customer(rounds), await customer(rounds + 1)];
    const startMs = monotonicMs();
    const payment = await ask('/payments', {
      method: 'POST',
      headers: {
        ...json,
        authorization: payer.bearer,
        'idempotency-key': randomUUID(),
        prefer: `wait=${waitSeconds}`,
      },
      body: JSON.stringify({
        ...{ payer_wallet_id: payer.walletId, payee_wallet_id: payee.walletId },
        ...{ amount_minor: amountMinor, currency: payer.currency, description: 'heartbeat' },
      }),
    });
    if (payment['status'] !== 'captured') {
      const told = `${String(payment['id'])} is ${String(payment['status'])}`;
      throw new Fault('heartbeat_refused', told, { retriable: true });
    }
    const seconds = (monotonicMs() - startMs) / 1_000;
    metrics.observe('wallet_heartbeat_duration_seconds', {}, seconds);
  };
}
