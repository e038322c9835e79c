import { setTimeout as pause } from 'node:timers/promises';
import { NoAnswer, type HttpAnswer, type HttpClient } from '../support/http-client.ts';
import { eachAtMost } from './concurrency.ts';
import type { Town } from './enrolment.ts';
import type { Owner, Sessions } from './sessions.ts';
import type { Tally } from './tally.ts';
import { isAtRest, textOf, updatePayment, type Told } from './told.ts';

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
 * Asks for every acknowledged payment and top-up until it rests, for at most `deadlineMs` in which
 * nothing more comes to rest. What is left then stays in the books as it was told.
 */
export async function settleAll(deps: Deps, deadlineMs: number): Promise<void> {
  const { told, tally } = deps;
  const owners = new Map(deps.town.everybody.map(({ walletId, owner }) => [walletId, owner]));
  const pending = (): Pending[] => [
    ...[...told.payments.values()]
      .filter(({ status, finalAtMs }) => !isAtRest(status) || finalAtMs === null)
      .map(({ id, payerWalletId }) => ({ path: '/payments', id, walletId: payerWalletId })),
    ...[...told.topUps.values()]
      .filter(({ status }) => status === 'pending')
      .map(({ id, walletId }) => ({ path: '/top-ups', id, walletId })),
  ];
  let progressAtMs = performance.now();
  for (let left = pending(); left.length > 0;) {
    await eachAtMost(atOnce, left, (object) => ask(object, deps, owners));
    const still = pending();
    if (still.length < left.length) progressAtMs = performance.now();
    deps.progress(still.length);
    left = still;
    if (performance.now() - progressAtMs > deadlineMs) break;
    if (left.length > 0) await pause(roundPauseMs);
  }
  for (const { acceptedAtMs, finalAtMs } of told.payments.values()) {
    if (acceptedAtMs !== null && finalAtMs !== null) tally.settled.add(finalAtMs - acceptedAtMs);
  }
}

type Pending = { path: string; id: string; walletId: string };

async function ask(
  { path, id, walletId }: Pending,
  { client, sessions, told, tally }: Deps,
  owners: ReadonlyMap<string, Owner>,
): Promise<void> {
  const owner = owners.get(walletId);
  if (owner === undefined) throw new Error(`nobody owns wallet ${walletId}`);
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
    if (answer.status !== 503 && !tally.unlawful.some((difference) => difference.id === id)) {
      const found = `${answer.status} ${answer.text}`;
      tally.unlawful.push({ kind: 'answer_differs', id, told: `GET ${path}: 200`, found });
    }
    return;
  }
  const view = answer.json ?? {};
  const payment = told.payments.get(id);
  const topUp = told.topUps.get(id);
  if (payment !== undefined) updatePayment(payment, view);
  if (topUp !== undefined) topUp.status = textOf(view, 'status');
}
