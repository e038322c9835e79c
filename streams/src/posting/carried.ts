import type { InboundRecord } from '@wallet/schemas';

/** What is carried from the request to the last event. */
const carriedHeaders = ['traceparent', 'request-id'] as const;

export function carried({ headers }: Pick<InboundRecord, 'headers'>): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of carriedHeaders) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
