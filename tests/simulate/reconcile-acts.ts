import { difference, type Difference } from './difference.ts';
import type { Audited, AuditedPayment } from './reconcile.ts';
import type { Told, ToldAct } from './told.ts';

/** Of whose acts an answer is missing, or a refund waits for money: the last word is not ours. */
export function openPayments(told: Told): Set<string> {
  const open = new Set(told.unsure);
  for (const { paymentId, isShort } of told.acts.values()) if (isShort) open.add(paymentId);
  return open;
}

/** Did an analyst let the payment go? */
export function isApproved(told: Told, paymentId: string): boolean {
  return [...told.acts.values()].some(
    (act) => act.kind === 'approve' && act.paymentId === paymentId && act.status === 'succeeded',
  );
}

/** Each act has its intent and the transfers of its outcome; together they are its payment. */
export function compareActs(told: Told, audited: Audited): Difference[] {
  const acts = [...told.acts.values()];
  const rows = new Map(audited.payments.map((row) => [row.id, row]));
  const ofPayments = Map.groupBy(acts, ({ paymentId }) => paymentId);
  return [
    ...acts.flatMap((act) => compareAct(act, told, audited)),
    ...[...ofPayments].flatMap(([id, its]) => {
      const row = rows.get(id);
      if (row === undefined || told.unsure.has(id)) return [];
      return compareSums(row, its, {
        audited,
        isManual: told.payments.get(id)?.capture === 'manual',
      });
    }),
  ];
}

function compareAct(act: ToldAct, told: Told, audited: Audited): Difference[] {
  const { id, kind, status } = act;
  if (status === 'pending' && !act.isShort) {
    return [difference('not_final', id, `${kind} ${status}`, 'no outcome')];
  }
  const state = kind === 'refund' ? audited.refunds.get(id)?.state : status;
  const isPossible = state === status || (act.isShort && state === 'succeeded');
  const transfers = audited.transfersByIntent.get(id) ?? 0;
  const isManual = told.payments.get(act.paymentId)?.capture === 'manual';
  const isPosted = kind === 'capture' || kind === 'refund' || (kind === 'approve' && !isManual);
  // What a decision moves its dispute says.
  const wanted = kind === 'decision' ? transfers : state === 'succeeded' && isPosted ? 1 : 0;
  const hasIntent = audited.intentIds.has(id);
  if (isPossible && hasIntent && transfers === wanted) return [];
  const intent = hasIntent ? 'an intent' : 'no intent';
  const seen = `${state ?? 'none'}, ${intent}, ${transfers} transfers`;
  return [difference('act_differs', id, `${kind} ${status}, ${wanted} transfers`, seen)];
}

function compareSums(
  row: AuditedPayment,
  acts: readonly ToldAct[],
  { audited, isManual }: { audited: Audited; isManual: boolean },
): Difference[] {
  const sumOf = (kind: ToldAct['kind'], isDone: (act: ToldAct) => boolean): bigint =>
    acts
      .filter((act) => act.kind === kind && isDone(act))
      .reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const captured = isManual
    ? sumOf('capture', ({ status }) => status === 'succeeded')
    : row.capturedMinor;
  const refunded = sumOf('refund', ({ id }) => audited.refunds.get(id)?.state === 'succeeded');
  if (captured === row.capturedMinor && refunded === row.refundedMinor) return [];
  const found = `captured ${row.capturedMinor}, refunded ${row.refundedMinor}`;
  const told = `captured ${captured}, refunded ${refunded}`;
  return [difference('acts_do_not_sum', row.id, told, found)];
}
