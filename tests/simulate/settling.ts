import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer, type HttpAnswer, type HttpClient } from '../support/http-client.ts';
import { eachAtMost } from './concurrency.ts';
import type { Town } from './enrolment.ts';
import type { Owner, Sessions } from './sessions.ts';
import type { Tally } from './tally.ts';
import {
  isAtRest,
  textOf,
  updateAct,
  updatePayment,
  updateSettlement,
  type Told,
  type ToldAct,
  type ToldPayment,
} from './told.ts';

type Deps = {
  client: HttpClient;
  sessions: Sessions;
  town: Town;
  told: Told;
  tally: Tally;
  /** Told the number of objects still under way. */
  progress: (left: number) => void;
};

const atOnce = 16;
const roundPauseMs = 250;

/**
 * Asks for every acknowledged payment, top-up and act until it rests, for at most `deadlineMs` in
 * which nothing more comes to rest. What is left then stays in the books as it was told.
 */
export async function settleAll(deps: Deps, deadlineMs: number): Promise<void> {
  const { told, tally } = deps;
  const owners = new Map(deps.town.everybody.map(({ walletId, owner }) => [walletId, owner]));
  const ownerOf = (walletId: string): Owner => {
    const owner = owners.get(walletId);
    if (owner === undefined) throw new Error(`nobody owns wallet ${walletId}`);
    return owner;
  };
  const asPayment = ({ id, payerWalletId }: ToldPayment): Pending => {
    return { path: '/payments', id, owner: ownerOf(payerWalletId) };
  };
  const pending = (): Pending[] => [
    ...[...told.payments.values()]
      .filter(({ status, finalAtMs }) => !isAtRest(status) || finalAtMs === null)
      .map(asPayment),
    ...[...told.topUps.values()]
      .filter(({ status }) => status === 'pending')
      .map(({ id, walletId }) => ({ path: '/top-ups', id, owner: ownerOf(walletId) })),
    ...[...told.withdrawals.values()]
      .filter(({ status }) => status === 'pending' || status === 'in_transit')
      .map(({ id, walletId }) => ({ path: '/withdrawals', id, owner: ownerOf(walletId) })),
    ...[...told.disputes.values()]
      .filter(({ status }) => status === 'pending')
      .map(({ id, by }) => ({ path: '/disputes', id, owner: by })),
    ...[...told.tickets.values()]
      .filter(({ status }) => status === 'pending')
      .map(({ id, by }) => ({ path: '/tickets', id, owner: by })),
    ...[...told.settlements.values()]
      .filter(({ status }) => status === 'pending')
      .map(asSettlement),
    ...[...told.acts.values()]
      .filter(({ status, isShort }) => status === 'pending' && !isShort)
      .map(({ kind, id, by }) => ({ path: pathOf(kind), id, owner: by })),
  ];
  let progressAtMs = performance.now();
  for (let left = pending(); left.length > 0;) {
    await eachAtMost(atOnce, left, (object) => ask(object, deps));
    const still = pending();
    if (still.length < left.length) progressAtMs = performance.now();
    deps.progress(still.length);
    left = still;
    if (performance.now() - progressAtMs > deadlineMs) break;
    if (left.length > 0) await pause(roundPauseMs);
  }
  // Once more, now that all that was done to them is done.
  const acted = new Set([...told.acts.values()].map(({ paymentId }) => paymentId));
  const again = [
    ...[...acted].flatMap((id) => told.payments.get(id) ?? []).map(asPayment),
    ...[...told.disputes.values()].map(({ id, by }) => ({ path: '/disputes', id, owner: by })),
    ...[...told.settlements.values()].map(asSettlement),
  ];
  await eachAtMost(atOnce, again, (object) => ask(object, deps));
  for (const { id, acceptedAtMs, finalAtMs } of told.payments.values()) {
    // What an act changed came to rest a second time.
    if (acted.has(id)) continue;
    if (acceptedAtMs !== null && finalAtMs !== null) tally.settled.add(finalAtMs - acceptedAtMs);
  }
}

const pathOf = (kind: ToldAct['kind']): string => (kind === 'refund' ? '/refunds' : '/actions');

const asSettlement = ({ id, by }: { id: string; by: Owner }): Pending => ({
  ...{ path: '/settlements', id, owner: by },
});

type Pending = { path: string; id: string; owner: Owner };

async function ask(
  { path, id, owner }: Pending,
  { client, sessions, told, tally }: Deps,
): Promise<void> {
  const authorization = await sessions.bearerOf(owner);
  let answer: HttpAnswer;
  try {
    answer = await client.send({
      method: 'GET',
      path: `${path}/${id}`,
      headers: { authorization },
    });
  } catch (error) {
    if (error instanceof NoAnswer) return; // the next round asks again
    throw error;
  }
  if (answer.status !== 200) {
    // 503 says "ask again"; anything else breaks the promise that an accepted id is found.
    const isUndecided = path === '/actions' && answer.status === 404;
    if (
      answer.status !== 503 &&
      !isUndecided &&
      !tally.unlawful.some((difference) => difference.id === id)
    ) {
      const found = `${answer.status} ${answer.text}`;
      tally.unlawful.push({ kind: 'answer_differs', id, told: `GET ${path}: 200`, found });
    }
    return;
  }
  const view = answer.json ?? {};
  const payment = told.payments.get(id);
  // What has a status alone.
  const others = [told.topUps, told.withdrawals, told.disputes, told.tickets];
  const other = others.flatMap((some) => some.get(id) ?? [])[0];
  const act = told.acts.get(id);
  const settlement = told.settlements.get(id);
  if (payment !== undefined) updatePayment(payment, view);
  if (act !== undefined) updateAct(act, view);
  if (settlement !== undefined) updateSettlement(told, settlement, view);
  if (other !== undefined) other.status = textOf(view, 'status');
}
