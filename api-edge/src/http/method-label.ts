import type { LabelsOf } from '@wallet/runtime';

export type MethodLabel = LabelsOf<'wallet_http_requests_total'>['method'];

const known: ReadonlySet<string> = new Set<MethodLabel>([
  'GET',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'HEAD',
  'OPTIONS',
]);

/** A request's method as metrics name it. */
export function methodLabel(method: string | undefined): MethodLabel {
  return known.has(method ?? '') ? (method as MethodLabel) : 'other';
}
