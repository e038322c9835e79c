import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { putProfile } from '@wallet/core-ledger';
import type { InboundRecord } from '@wallet/schemas';
import {
  createWebhookStage,
  findRefusedSignature,
  type Behaviour,
  type WebhookStage,
} from '@wallet/streams/testing';
import { machineCpu, processCpuMicros } from '../machine.ts';
import { judgeChannel, judgeInboxes, judgeMails } from './told-once.ts';
import { openMachines, type MachineReport, type Machines } from './webhook-machines.ts';

/** Events are told in batches, as notifications takes them from Kafka. */
const batchMs = 100;
/** Four are well; the others are what couriers meet. */
const behaviours: readonly Behaviour[] = [
  ...(['well', 'well', 'well', 'well', 'slow', 'flaky', 'floods'] as const),
  ...(['fails', 'hangs', 'breaks', 'redirects', 'gone'] as const),
];
const wellOnes = behaviours.filter((behaviour) => behaviour === 'well').length;

/** Payers, in turns; all of them read e-mails. */
const readers = Array.from({ length: 50 }, () => randomUUID());

/**
 * Tells of `events` payments at `rate` a second, on the database of the environment: both parties
 * in their inboxes, the payer by e-mail, twelve machines of the merchant by webhook. Two couriers
 * and one postman; machines and mail server in a process of their own. True when each party has
 * heard of each event once by each channel within 30 s (p99), and of none again.
 */
export async function webhooksBench(options: { events: number; rate: number }): Promise<boolean> {
  const stage = await createWebhookStage({ timeoutMs: 10_000 });
  const machines = await openMachines(behaviours);
  try {
    const owner = randomUUID();
    const secrets: string[] = [];
    for (const url of machines.urls) secrets.push((await stage.endpoint(url, owner)).secret);
    for (let count = 0; count < 2; count += 1) await stage.courier();
    await startPostman(stage, machines.mailUrl);
    const before = await spent(stage);
    const { told, delays } = await tell(stage, owner, options);
    for (let waits = 0; waits < 1_200 && !(await haveAll(machines, options)); waits += 1) {
      await sleep(batchMs);
    }
    const after = await spent(stage);
    const came = await cameTo(stage, machines);
    showCost(before, after, { events: options.events, tries: came.tries });
    const reports = await machines.report();
    const { events } = options;
    const verdicts = [
      await judgeInboxes(stage.database, events, delays),
      await judgeMails(stage.database, events, await machines.mails()),
      ...(await Promise.all(
        reports.slice(0, wellOnes).map((report, at) => judged(report, secrets[at] ?? '', options)),
      )),
    ];
    showOthers(reports, events);
    for (const part of partsOf(told, 500)) await stage.handle(part.map(stage.again));
    await sleep(1_000);
    const again = await cameTo(stage, machines);
    const isQuiet = JSON.stringify(again.once) === JSON.stringify(came.once);
    console.log(`${isQuiet ? '✓' : '✗'} the topic read again: nobody is told again`);
    return isQuiet && verdicts.every(Boolean);
  } finally {
    await stage.close();
    machines.close();
  }
}

async function startPostman(stage: WebhookStage, mailUrl: string): Promise<void> {
  for (const id of readers) await putProfile(stage.database.knex, id, { email: true });
  const addresses = new Map(
    readers.map((id) => [id, { email: `${id}@wallet.test`, name: 'A payer' }] as const),
  );
  stage.postman({ mailUrl, findAddresses: () => Promise.resolve(addresses) });
}

async function haveAll(machines: Machines, { events }: { events: number }): Promise<boolean> {
  const requests = (await machines.requests()).slice(0, wellOnes);
  return requests.every((count) => count >= events) && (await machines.mailCount()) >= events;
}

/** What has come so far, by each channel; `tries` to all machines, well or not. */
async function cameTo({ database }: WebhookStage, machines: Machines) {
  const requests = await machines.requests();
  const { rows } = await database.knex.raw<{ rows: { count: string }[] }>(
    'select count(*) from notification',
  );
  const mails = await machines.mailCount();
  return {
    tries: requests.reduce((sum, count) => sum + count, 0),
    once: { webhooks: requests.slice(0, wellOnes), inboxes: rows[0]?.count, mails },
  };
}

/** `delays`: until each event's inbox rows were committed, in seconds. */
async function tell(
  stage: WebhookStage,
  owner: string,
  { events, rate }: { events: number; rate: number },
): Promise<{ told: InboundRecord[]; delays: number[] }> {
  const told: InboundRecord[] = [];
  const delays: number[] = [];
  const startMs = Date.now();
  while (told.length < events) {
    const dueNow = Math.ceil(((Date.now() - startMs + batchMs) / 1_000) * rate);
    const count = Math.min(events, dueNow, told.length + 1_000) - told.length;
    const happenedMs = Date.now();
    const batch = Array.from({ length: count }, (_, place) =>
      stage.record({
        ...{ payee_id: owner, payer_id: readers[(told.length + place) % readers.length] ?? '' },
      }),
    );
    if (batch.length > 0) await stage.handle(batch);
    for (let place = 0; place < count; place += 1) delays.push((Date.now() - happenedMs) / 1_000);
    told.push(...batch);
    await sleep(Math.max(0, (told.length / rate) * 1_000 - (Date.now() - startMs)));
  }
  return { told, delays };
}

type Spent = { atMs: number; ours: number; postgres: number; machine: number };

/** Processor time so far, in microseconds: of this process, of the sessions of its database. */
async function spent({ database }: WebhookStage): Promise<Spent> {
  const { rows } = await database.knex.raw<{ rows: { pid: number }[] }>(
    'select pid from pg_stat_activity where datname = current_database()',
  );
  return {
    atMs: performance.now(),
    ours: processCpuMicros(process.pid) ?? 0,
    postgres: rows.reduce((sum, { pid }) => sum + (processCpuMicros(pid) ?? 0), 0),
    machine: machineCpu().busyMicros,
  };
}

function showCost(before: Spent, after: Spent, done: { events: number; tries: number }): void {
  const seconds = (after.atMs - before.atMs) / 1_000;
  const each = (part: 'ours' | 'postgres') =>
    Math.round((after[part] - before[part]) / Math.max(1, done.tries));
  const cores = (after.machine - before.machine) / 1e6 / seconds;
  console.log(
    `${done.events} events, ${done.tries} tries in ${seconds.toFixed(1)} s ` +
      `(${Math.round(done.tries / seconds)}/s; ${cores.toFixed(1)} cores of the machine busy)\n` +
      `CPU for each try, making the delivery included: ${each('ours')} µs couriers and postman, ` +
      `${each('postgres')} µs PostgreSQL`,
  );
}

async function judged(
  { delays, arrivals, last }: MachineReport,
  secret: string,
  { events }: { events: number },
): Promise<boolean> {
  const refused = await findRefusedSignature(secret, last);
  const said = `signatures ${refused === null ? 'verify' : 'do not verify'}`;
  const isMet = judgeChannel({ name: 'webhook, well', delays, due: events, arrivals, said });
  return isMet && refused === null;
}

function showOthers(reports: readonly MachineReport[], events: number): void {
  for (const [at, { requests, delays }] of reports.entries()) {
    if (at < wellOnes) continue;
    console.log(`  ${behaviours[at]}: ${requests} requests, ${delays.length} of ${events} arrived`);
  }
}

function partsOf<T>(all: readonly T[], size: number): T[][] {
  const parts = Math.ceil(all.length / size);
  return Array.from({ length: parts }, (_, part) => all.slice(part * size, (part + 1) * size));
}
