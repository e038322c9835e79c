import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { featureIndex, features } from '@wallet/core-ledger';
import { createLog, createMetrics } from '@wallet/runtime';
import { createOwnCluster, type OwnCluster } from '../testing/own-cluster.ts';
import type { Counted } from './counted.ts';
import { recordingPlan, velocityPlan } from './plan.ts';
import { createVelocity, type Velocity } from './velocity.ts';

const log = createLog({ role: 'test', level: 'silent' });
const metrics = createMetrics({ role: 'test' });
const plan = velocityPlan(null);
const deadlineMs = 1_000;
const payers = 60;

let cluster: OwnCluster;
let velocity: Velocity;
beforeAll(async () => {
  cluster = await createOwnCluster();
  const url = cluster.nodes[1]?.url ?? '';
  velocity = await createVelocity({ url, keyPrefix: 'test:', log, metrics });
}, 60_000);
afterAll(async () => {
  velocity.close();
  await cluster.close();
});

let offset = 0;
function paymentOf(payer: number): Counted {
  offset += 1;
  const context = { ip: null, device_id: `device-${payer}`, country: null };
  return {
    payment: {
      ...{ payer_id: `payer-${payer}`, payee_id: `payee-${payer}` },
      context: { ...context, card_fingerprint: null },
    },
    ...{ id: `payment-${offset}`, amountMinor: 1, atMs: 1_800_000_000_000 },
    ...{ partition: 0, offset, complete: true },
    features: new Float64Array(features.length).fill(NaN),
  };
}

async function countAll(): Promise<Counted[]> {
  const batch = Array.from({ length: payers }, (_, payer) => paymentOf(payer));
  await velocity.count(batch, plan, deadlineMs);
  return batch;
}

const read = (payments: readonly Counted[], name: string): number[] =>
  payments.map((payment) => payment.features[featureIndex(name)] ?? NaN);

test('every entity is counted on whichever node it lives, from the first batch on', async () => {
  const batches = [await countAll(), await countAll()];
  for (const [before, batch] of batches.entries()) {
    expect(batch.every(({ complete }) => complete)).toBe(true);
    for (const name of ['payer.count_1h', 'device.count_1h', 'pair.count_30d'])
      expect(read(batch, name)).toEqual(Array<number>(payers).fill(before));
    expect(read(batch, 'payee.payers_24h')).toEqual(Array<number>(payers).fill(before));
  }
  const outcomes = Array.from({ length: payers }, (_, payer) => paymentOf(payer));
  await velocity.count(outcomes, recordingPlan('declined'), deadlineMs);
  expect(read(await countAll(), 'device.declined_count_1h')).toEqual(Array<number>(payers).fill(1));
  const sizes = await Promise.all(
    cluster.nodes.map(async ({ ask }) => {
      const reply = await ask('DBSIZE');
      return reply.kind === 'text' ? Number(reply.text) : 0;
    }),
  );
  expect(Math.min(...sizes)).toBeGreaterThan(0);
});

test('a slot that moves is followed; a killed node takes only its own entities along', async () => {
  const [first, second, third] = cluster.nodes;
  if (first === undefined || second === undefined || third === undefined) throw new Error('nodes');
  const moved = await firstWithAnswer('test:velocity:{0}:');
  // The entities of one tag go to another node without their keys: they begin anew there.
  const target = cluster.nodes.find((node) => node !== moved.node) ?? first;
  const { node: owner, slot } = moved;
  const id = await text(target, 'CLUSTER', 'MYID');
  for (const { ask } of [target, owner, ...cluster.nodes])
    await ask('CLUSTER', 'SETSLOT', slot, 'NODE', id);
  expect((await countAll()).every(({ complete }) => complete)).toBe(true);

  await third.kill();
  const untilMs = performance.now() + 20_000;
  let complete = 0;
  // While the socket is not known to be lost, a batch may wait for it.
  do complete = (await countAll()).filter((payment) => payment.complete).length;
  while ((complete === 0 || complete === payers) && performance.now() < untilMs);
  expect(complete).toBeGreaterThan(0);
  expect(complete).toBeLessThan(payers);
});

async function text(node: OwnCluster['nodes'][number], ...parts: string[]): Promise<string> {
  const reply = await node.ask(...parts);
  return reply.kind === 'bytes' ? reply.bytes.toString() : reply.kind === 'text' ? reply.text : '';
}

/** The slot of a key and the node that has it. */
async function firstWithAnswer(key: string) {
  for (const node of cluster.nodes) {
    const slot = await text(node, 'CLUSTER', 'KEYSLOT', key);
    const reply = await node.ask('GET', key);
    if (reply.kind !== 'error') return { node, slot };
  }
  throw new Error('no node has the slot');
}
