import { TraceFlags, type SpanContext } from '@opentelemetry/api';

/** W3C trace context, level 1, as it stands in HTTP and Kafka headers. */
const pattern = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The span that a header names; null when it is none. */
export function readTraceparent(header: string): SpanContext | null {
  const [, traceId, spanId, flags] = pattern.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  return { traceId, spanId, traceFlags, isRemote: true };
}

export function writeTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-0${traceFlags & TraceFlags.SAMPLED}`;
}

/** Is the header's trace recorded? Asked of every record, so it looks at one letter. */
export function isSampled(header: string | undefined): header is string {
  return header !== undefined && (header.charCodeAt(header.length - 1) & 1) === 1;
}

/** The trace that an exemplar and a log line may name: one that is recorded. */
export function sampledTraceId(header: string | null | undefined): string | undefined {
  return isSampled(header ?? undefined) ? readTraceparent(header ?? '')?.traceId : undefined;
}
