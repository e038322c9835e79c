import type { CollectedSpan } from './collector.ts';

/** A step of a trace and what came of it. */
export type Step = { readonly span: CollectedSpan; readonly steps: readonly Step[] };

/** Of the batch that a record came in, shown once: below the first record that is traced. */
const ofTheBatch: ReadonlySet<string> = new Set(['postgres transaction', 'redis counters']);

/**
 * The trees of one trace: one for each span whose parent is not among its spans. What ran after one
 * another stands in that order, senders and consumers by name; a repeat (delivery is at least
 * once) is left out. What a record's batch did is shown below it, also where the batch was shared.
 * @param spans of all traces: a batch is shared with others
 */
export function treesOf(traceId: string, spans: readonly CollectedSpan[]): Step[] {
  const own = spans.filter((span) => span.traceId === traceId);
  const known = new Set(own.map(({ spanId }) => spanId));
  const byParent = Map.groupBy(spans, ({ parentSpanId }) => parentSpanId);
  const below = ({ spanId, links }: CollectedSpan): CollectedSpan[] => [
    ...(byParent.get(spanId) ?? []),
    ...links.flatMap((id) => byParent.get(id) ?? []).filter(({ name }) => ofTheBatch.has(name)),
  ];
  const stepOf = (span: CollectedSpan): Step => ({
    span,
    steps: withoutRepeats(below(span).toSorted(inOrder)).map(stepOf),
  });
  return own.filter(({ parentSpanId }) => !known.has(parentSpanId)).map(stepOf);
}

/** The consumer group of a step that takes a record. */
export function groupOf({ attributes }: CollectedSpan): string | undefined {
  return attributes['messaging.consumer.group.name'];
}

/** An indented line for each step: `process payment-scored · settlement`. */
export function linesOf(steps: readonly Step[], depth = 0): string[] {
  return steps.flatMap(({ span, steps: next }) => [
    `${'  '.repeat(depth)}${labelOf(span)}${span.failed ? ' ✗' : ''}`,
    ...linesOf(next, depth + 1),
  ]);
}

function labelOf(span: CollectedSpan): string {
  const group = groupOf(span);
  return group === undefined ? span.name : `${span.name} · ${group}`;
}

function withoutRepeats(spans: readonly CollectedSpan[]): CollectedSpan[] {
  const seen = new Set<string>();
  return spans.filter((span) => !seen.has(labelOf(span)) && seen.add(labelOf(span)));
}

/** Who takes or sends a record does so beside others: their order is that of their names. */
function inOrder(one: CollectedSpan, other: CollectedSpan): number {
  if (!isBeside(one) || !isBeside(other)) return Number(one.startNanos - other.startNanos);
  const [a, b] = [labelOf(one), labelOf(other)];
  return a < b ? -1 : Number(a > b);
}

function isBeside(span: CollectedSpan): boolean {
  return groupOf(span) !== undefined || span.name.startsWith('publish ');
}
