import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span as RecordedSpan,
} from '@opentelemetry/api';
import { isSampled, readTraceparent, writeTraceparent } from './traceparent.ts';

const kinds = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** One step that is being recorded. */
export type Span = {
  /** What the next step, in whatever process, names as its parent. */
  readonly traceparent: string;
  set(attributes: Attributes): void;
  /** With an error the step has failed. */
  end(error?: unknown): void;
  /** Runs work whose `beginStep`s and log lines belong to this step. */
  around<T>(work: () => T): T;
};

export type SpanOptions = {
  readonly kind: keyof typeof kinds;
  /** The header of the step before it. */
  readonly parent: string;
  /** Headers of steps that share its work. */
  readonly links?: readonly string[];
  readonly attributes: Attributes;
};

/** Stands for that of an SDK from the moment one is there. */
const tracer = trace.getTracer('wallet');

/**
 * Begins a step whose parent came with a record or a request. Null when nobody records: without an
 * SDK that costs less than a microsecond.
 */
export function beginSpan(name: string, options: SpanOptions): Span | null {
  const { kind, parent, links = [], attributes } = options;
  const settings = { kind: kinds[kind], attributes, links: links.flatMap(linkTo) };
  return recorded(tracer.startSpan(name, settings, behind(parent)));
}

/** Begins a step within the one that runs now (`around`); null when none is recorded. */
export function beginStep(name: string, attributes: Attributes): Span | null {
  if (trace.getActiveSpan() === undefined) return null;
  return recorded(tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }));
}

/** Says more of the step that runs now, if one is recorded. */
export function annotate(attributes: Attributes): void {
  trace.getActiveSpan()?.setAttributes(attributes);
}

/** Runs work as a step of its own within the one that runs now, if that is recorded. */
export function step<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  const span = beginStep(name, attributes);
  return span === null ? work() : endWith(span, span.around(work));
}

/** Ends a step when its work has ended, as the work ended. */
export async function endWith<T>(span: Span, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    span.end();
    return result;
  } catch (error) {
    span.end(error);
    throw error;
  }
}

/** The ids by which a log line finds its trace. */
export function activeTrace(): { trace_id?: string; span_id?: string } {
  const active = trace.getActiveSpan()?.spanContext();
  return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId };
}

/** What a request from outside begins with. */
export type Arrival = {
  /** Null when nobody records it. */
  readonly span: Span | null;
  /** What its intent carries on: none when there is no trace to go on with. */
  readonly traceparent: string | null;
};

/**
 * Begins the first step of ours. Without an SDK a caller's trace goes on untouched; with one whose
 * sampler turns it down it goes on as a trace that is not recorded.
 */
export function arrive(name: string, header: string | undefined): Arrival {
  const caller = header === undefined ? null : readTraceparent(header);
  const before = caller === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, caller);
  const begun = tracer.startSpan(name, { kind: SpanKind.SERVER }, before);
  const span = recorded(begun);
  if (span !== null) return { span, traceparent: span.traceparent };
  if (header === undefined || caller === null) return { span, traceparent: null };
  const next = begun.spanContext();
  const untouched = next.spanId === caller.spanId;
  return { span, traceparent: untouched ? header : writeTraceparent(next) };
}

function recorded(span: RecordedSpan): Span | null {
  if (!span.isRecording()) return null;
  return {
    traceparent: writeTraceparent(span.spanContext()),
    set: (attributes) => void span.setAttributes(attributes),
    end(error) {
      const message = messageOf(error);
      if (message !== null) span.setStatus({ code: SpanStatusCode.ERROR, message });
      span.end();
    },
    around: (work) => context.with(trace.setSpan(context.active(), span), work),
  };
}

function messageOf(error: unknown): string | null {
  if (error === undefined || error === null) return null;
  if (error instanceof Error) return error.message;
  return typeof error === 'string' ? error : 'failed';
}

function behind(parent: string): Context {
  const spanContext = readTraceparent(parent);
  return spanContext === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, spanContext);
}

function linkTo(header: string): Link[] {
  const linked = readTraceparent(header);
  return linked === null || !isSampled(header) ? [] : [{ context: linked }];
}
