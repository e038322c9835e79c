import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rules } from '@wallet/grafana';
import { toldWithinSeconds, type Fault, type Seen } from './fault.ts';

const recordFile = fileURLToPath(new URL('./seen.json', import.meta.url));
/** The page that is made of it. */
export const pageFile = fileURLToPath(new URL('../../../ops/runbooks/faults.md', import.meta.url));

/** What was last seen of each fault. */
export function readRecord(): Seen[] {
  return JSON.parse(readFileSync(recordFile, 'utf8')) as Seen[];
}

/** Takes in what was seen of one fault, in the place of what was seen of it before. */
export function keepSeen(seen: Seen, faults: readonly Fault[]): void {
  const known = new Map(readRecord().map((one) => [one.fault, one]));
  known.set(seen.fault, seen);
  const record = faults.flatMap(({ name }) => known.get(name) ?? []);
  writeFileSync(recordFile, `${JSON.stringify(record, null, 2)}\n`);
  writeFileSync(pageFile, renderPage(faults, record));
}

/** What is not as it should be; an empty list is a fault that was told well. */
export function shortcomings(seen: Seen, { alert }: Fault): string[] {
  const { toldSeconds, resolvedSeconds, pages } = seen;
  const found: string[] = [];
  if (seen.alert !== alert) found.push(`seen with ${seen.alert}, which is not its alert`);
  if (toldSeconds === null) found.push(`${alert} did not tell`);
  else if (toldSeconds > toldWithinSeconds) found.push(`${alert} told after ${toldSeconds} s`);
  if (resolvedSeconds === null) found.push(`${alert} did not resolve`);
  if (pages.length > 0) found.push(`woke somebody for ${pages.join(', ')} too`);
  return found;
}

const inSeconds = (seconds: number | null): string => (seconds === null ? '–' : `${seconds}`);
const link = (name: string): string => `[${name}](${name}.md)`;
const links = (names: readonly string[]): string => names.map(link).join(', ') || '–';

export function renderPage(faults: readonly Fault[], record: readonly Seen[]): string {
  const rows = faults.flatMap((fault) => {
    const seen = record.find((one) => one.fault === fault.name);
    if (seen === undefined) return [];
    const { severity, firedSeconds, toldSeconds, resolvedSeconds, pages, hushed } = seen;
    const cells = [
      ...[`${fault.does}.`, link(fault.alert), severity],
      ...[inSeconds(firedSeconds), inSeconds(toldSeconds), inSeconds(resolvedSeconds)],
      ...[links(pages), links(hushed)],
    ];
    return [`| ${cells.join(' | ')} |`];
  });
  const shown = new Set(record.flatMap(({ alert, pages, hushed }) => [alert, ...pages, ...hushed]));
  const all = new Set(rules.alerts.map(({ name }) => name));
  const others = [...all].filter((name) => !shown.has(name));
  return `${[...preface, ...head, ...rows, ...closing(others)].join('\n')}\n`;
}

const preface = [
  '# Faults and their alerts',
  '',
  'Written by `npm run faults -- alerts`: it starts the whole product on servers of its own, lets',
  "the simulator's people live in it, and harms it in one way after the other. Prometheus and",
  'Alertmanager run with the committed configuration; only the receivers are a listener of the',
  'run, which takes down whom Alertmanager tells, and when. Both start anew for each fault, over',
  'six quiet hours of what was promised.',
  '',
];

const head = [
  '"Fires" and "told" are seconds from the fault: the first in Prometheus, the second at the',
  'receiver, with the ten seconds for which Alertmanager gathers a group. "Over" is seconds from',
  'the healing until the alert fires no more; a cause fires for half a minute longer, until its',
  'symptoms are over. A fault of a server stays for 80 s at least, so that its symptoms have time',
  'to page: "woken besides" are pages that did, "hushed" are alerts that fired and that',
  'Alertmanager told nobody while their cause was told.',
  '',
  '| fault | alert | kind | fires | told | over | woken besides | hushed |',
  '| --- | --- | --- | --: | --: | --: | --- | --- |',
];

const closing = (others: readonly string[]): string[] => [
  '',
  'Not among them, because they speak of days (budgets of promises, months ahead), of more load',
  'than a shared machine can make, or of decisions that were altered:',
  `${links(others)}. promtool shows each of them to fire and to stay quiet.`,
];
