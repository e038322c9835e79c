import type { CollectedSpan } from '../../support/collector.ts';
import { groupOf, type Step } from '../../support/span-tree.ts';

/** A request and all that came of it. */
export type RecordedAct = {
  /** Who asked: `Customer`. */
  readonly who: string;
  readonly root: Step;
};

/** What a part of the product is called in a diagram. */
const names: Readonly<Record<string, string>> = {
  edge: 'Edge',
  fraud: 'Fraud',
  settlement: 'Settlement',
  commands: 'Commands',
  notifications: 'Notifications',
  outcomes: 'Outcomes',
  tickets: 'Tickets',
  outbox: 'Outbox relay',
};

const stores: Readonly<Record<string, readonly [participant: string, message: string]>> = {
  'postgres transaction': ['Postgres', 'one transaction'],
  'redis claim': ['Redis', 'claim the idempotency key'],
  'redis counters': ['Redis', 'velocity counters'],
};

/** A Mermaid sequence diagram of what was recorded; the same recording draws the same lines. */
export function sequenceOf({ who, root }: RecordedAct): string {
  const lines = [
    `${who}->>Edge: ${root.span.name}`,
    ...linesBelow(root, 'Edge', answerOf(who, root)),
  ];
  if (!lines.some((line) => line.trim() === answerOf(who, root))) lines.push(answerOf(who, root));
  return ['```mermaid', 'sequenceDiagram', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

const answerOf = (who: string, { span }: Step): string =>
  `Edge-->>${who}: ${span.attributes['http.response.status_code'] ?? 'no answer'}`;

/** @param answer goes to the client as soon as the edge has heard what it waits for */
function linesBelow(step: Step, at: string, answer: string): string[] {
  const consumers = step.steps.filter(({ span }) => groupOf(span) !== undefined);
  const others = step.steps.filter(({ span }) => groupOf(span) === undefined);
  const branches = consumers.map((consumer) => lineOf(consumer, at, answer));
  return [...others.flatMap((other) => lineOf(other, at, answer)), ...together(branches)];
}

function lineOf(step: Step, at: string, answer: string): string[] {
  const { span } = step;
  const group = groupOf(span);
  const topic = span.attributes['messaging.destination.name'] ?? '';
  if (group !== undefined) {
    const name = names[group] ?? group;
    const heard = name === 'Edge' ? [answer] : [];
    return [`Kafka->>${name}: ${topic}`, ...heard, ...linesBelow(step, name, answer)];
  }
  if (span.name.startsWith('publish ')) return published(step, at, answer);
  // What is counted is up to the rules in force, and counted for a whole batch.
  if (at === names['outcomes'] && span.name === 'redis counters') return [];
  const [store, message] = stores[span.name] ?? [span.name, ''];
  return [`${at}->>${store}: ${message}${mark(span)}`];
}

function published(step: Step, at: string, answer: string): string[] {
  const { attributes } = step.span;
  const topic = attributes['messaging.destination.name'] ?? '';
  const sender = names[attributes['wallet.sender'] ?? ''] ?? at;
  const read = sender === at ? [] : [`Postgres->>${sender}: committed events`];
  return [
    ...read,
    `${sender}->>Kafka: ${topic}${mark(step.span)}`,
    ...linesBelow(step, 'Kafka', answer),
  ];
}

const mark = ({ failed }: CollectedSpan): string => (failed ? ' (failed)' : '');

/** Consumers of one record do not wait for each other. */
function together(branches: readonly (readonly string[])[]): string[] {
  if (branches.length < 2) return branches.flat();
  return [
    ...branches.flatMap((lines, index) => [
      index === 0 ? 'par' : 'and',
      ...lines.map((line) => `  ${line}`),
    ]),
    'end',
  ];
}
