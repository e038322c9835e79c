import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '../simulate/random.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { NoAnswer } from '../support/http-client.ts';
import type { Resident } from '../support/api.ts';
import type { System } from '../support/system.ts';

/** What a request was meant to be; decides which answers are right. */
type Intention = 'payment' | 'invalid';

type Order = {
  intention: Intention;
  payer: Resident;
  payee: Resident;
  amountMinor: number;
  key: string;
};

export type CrowdOptions = {
  count: number;
  perSecond: number;
  /** Seeded, so that a failure can be replayed. */
  random: Random;
};

/** What the edge acknowledged: the payment's id by idempotency key, and answers nobody may give. */
export type Told = {
  idByKey: Map<string, string>;
  wrong: string[];
  /** Requests whose connection broke or that were turned away, and were sent again. */
  retried: number;
  replayed: number;
  invalid: number;
};

const customerCount = 20;
const hotCount = 3;
const fundsMinor = 2_000_000;
const giveUpMs = 90_000;

/** Twenty customers, of whom three take part in most payments. */
export async function gatherCrowd(system: System): Promise<Resident[]> {
  const crowd: Resident[] = [];
  while (crowd.length < customerCount) {
    const few = Array.from({ length: 4 }, () => system.api.customerWith(fundsMinor));
    crowd.push(...(await Promise.all(few)));
  }
  return crowd;
}

/**
 * Pays at a constant rate: 10% send an earlier key again, 5% are invalid. A client does what the
 * docs tell it: no answer or 503 means the same request with the same key again, a little later.
 */
export async function payWildly(crowd: readonly Resident[], options: CrowdOptions): Promise<Told> {
  const { count, perSecond, random } = options;
  const told: Told = { idByKey: new Map(), wrong: [], retried: 0, replayed: 0, invalid: 0 };
  const orders: Order[] = [];
  const underWay: Promise<void>[] = [];
  const startedAt = performance.now();
  for (let index = 0; index < count; index += 1) {
    const waitMs = startedAt + (index * 1_000) / perSecond - performance.now();
    if (waitMs > 1) await pause(waitMs);
    const order = nextOrder(crowd, orders, index, random);
    underWay.push(carryOut(order, told));
  }
  await Promise.all(underWay);
  return told;
}

function nextOrder(
  crowd: readonly Resident[],
  orders: Order[],
  index: number,
  random: Random,
): Order {
  if (orders.length > 0 && random.chance(0.1)) return random.pick(orders);
  const payer = pick(crowd, random);
  let payee = pick(crowd, random);
  if (payee === payer) payee = crowd[(crowd.indexOf(payer) + 1) % crowd.length] ?? payer;
  const invalid = random.chance(0.05);
  const order: Order = {
    intention: invalid ? 'invalid' : 'payment',
    payer,
    payee,
    amountMinor: invalid ? -1 : random.integer(1, 3_000),
    key: `crowd-${index}`,
  };
  if (!invalid) orders.push(order);
  return order;
}

function pick(crowd: readonly Resident[], random: Random): Resident {
  return random.pick(random.chance(0.5) ? crowd.slice(0, hotCount) : crowd);
}

async function carryOut(order: Order, told: Told): Promise<void> {
  const { payer, payee, amountMinor, key } = order;
  const deadline = performance.now() + giveUpMs;
  for (;;) {
    const answer = await attempt(() =>
      payer.pay({ from: payer.walletId, to: payee.walletId, amountMinor }, { key }),
    );
    if (answer !== null && !mayTryAgain(answer)) return note(order, answer, told);
    if (performance.now() > deadline) {
      told.wrong.push(`${key}: no acceptable answer within ${giveUpMs / 1_000} s`);
      return;
    }
    told.retried += 1;
    await pause(100 + Math.floor(Math.random() * 200));
  }
}

async function attempt(send: () => Promise<HttpAnswer>): Promise<HttpAnswer | null> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof NoAnswer) return null; // unknown: the key makes the next try safe
    throw error;
  }
}

/** Overloaded, or the first request with this key is still on its way. */
function mayTryAgain({ status }: HttpAnswer): boolean {
  return status === 503 || status === 409;
}

function note(order: Order, { status, headers, json, text }: HttpAnswer, told: Told): void {
  const { key, intention } = order;
  if (intention === 'invalid') {
    told.invalid += 1;
    if (status !== 422) told.wrong.push(`${key}: wanted 422, got ${status} ${text}`);
    return;
  }
  const id = json?.['id'];
  if (status !== 202 || typeof id !== 'string') {
    told.wrong.push(`${key}: wanted 202, got ${status} ${text}`);
    return;
  }
  if (headers['idempotency-replayed'] === 'true') told.replayed += 1;
  const first = told.idByKey.get(key);
  if (first !== undefined && first !== id) told.wrong.push(`${key}: ids ${first} and ${id}`);
  told.idByKey.set(key, id);
}
