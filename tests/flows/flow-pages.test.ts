import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startCollector, type Collector } from '../support/collector.ts';
import type { HttpAnswer } from '../support/http-client.ts';
import { treesOf } from '../support/span-tree.ts';
import { startSystem, type System } from '../support/system.ts';
import { castOf, flows, type Cast, type Flow } from './recorded/flows.ts';
import { sequenceOf } from './recorded/sequence.ts';

const renew = 'RENEW_FLOWS=1 npm test -- flow-pages';
const startMs = 90_000;
const withinMs = 20_000;
/** Exports come each second: when so long nothing has come, all has. */
const quietMs = 1_800;

let collector: Collector;
let system: System;
let cast: Cast;

beforeAll(async () => {
  collector = await startCollector();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_SAMPLER_ARG: '1' };
  system = await startSystem({ seed: true, rules: 'lenient', env });
  cast = await castOf(system);
}, startMs);
afterAll(async () => {
  await system?.stop();
  await collector?.close();
}, startMs);

/** Nothing more comes of what was asked: what is asked next shares no batch with it. */
async function untilQuiet(): Promise<void> {
  let count = -1;
  let sinceMs = performance.now();
  const quiet = async (): Promise<boolean> => {
    if (collector.spans().length !== count) {
      [count, sinceMs] = [collector.spans().length, performance.now()];
    }
    return performance.now() - sinceMs > quietMs;
  };
  await system.waitFor(quiet, 'the last span of a request', withinMs);
}

async function play({ acts }: Flow): Promise<HttpAnswer[]> {
  const answers: HttpAnswer[] = [];
  for (const { ask, what } of acts) {
    await untilQuiet();
    const answer = await ask(cast, answers);
    if (answer.status !== 200) throw new Error(`${what}: ${answer.status} ${answer.text}`);
    answers.push(answer);
  }
  await untilQuiet();
  return answers;
}

function diagramOf({ headers }: HttpAnswer, who: string): string {
  const spans = collector.spans();
  const requestId = headers['x-request-id'];
  const isRoot = ({ parentSpanId, attributes }: (typeof spans)[number]): boolean =>
    parentSpanId === '' && attributes['wallet.request_id'] === requestId;
  const root = treesOf(spans.find(isRoot)?.traceId ?? '', spans)[0];
  return root === undefined ? 'no trace' : sequenceOf({ who, root });
}

function pageOf({ title, text, acts }: Flow, answers: readonly HttpAnswer[]): string {
  const sections = acts.map(({ who, what }, index) => {
    const answer = answers[index];
    const diagram = answer === undefined ? '' : diagramOf(answer, who);
    return `## ${index + 1}. ${who} ${what}\n\n${diagram}\n`;
  });
  const source = `Recorded from the running system by its traces; after a change: \`${renew}\`.`;
  return `# ${title}\n\n${text}\n\n${source}\n\n${sections.join('\n')}`;
}

test.each(flows)('$file is what the running system does', async (flow) => {
  const file = new URL(`../../ops/flows/${flow.file}`, import.meta.url);
  const page = pageOf(flow, await play(flow));
  if (process.env['RENEW_FLOWS'] === '1') writeFileSync(file, page);
  const committed = readFileSync(file, 'utf8');
  if (page !== committed) process.stderr.write(`${flow.file} has changed: ${renew}\n`);
  expect(page).toBe(committed);
});
