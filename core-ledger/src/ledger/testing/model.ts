import { isDeepStrictEqual } from 'node:util';
import type { LedgerItem, PostResult, Refusal, SingleItem } from '../items.ts';
import { refusalOfHolding } from './model-holds.ts';
import { refusalOfReversal, refusalOfTransfer, resolve } from './model-transfers.ts';
import type { Model, ModelEntry, ModelHold } from './model-state.ts';

/** The time of these holds has come; nobody has noticed yet. */
export function lapse(model: Model, holdIds: readonly string[]): Model {
  const holds = model.holds.map((hold) =>
    holdIds.includes(hold.id) ? { ...hold, isPast: true } : hold,
  );
  return { ...model, holds };
}

/** What the expiry job does. */
export function expire(model: Model): Model {
  const holds = model.holds.map((hold) =>
    hold.isPast && hold.state === 'open' ? { ...hold, state: 'expired' as const } : hold,
  );
  return { ...model, holds };
}

/** Posts one item: the model after it, and what is answered. */
export function step(model: Model, item: LedgerItem): { model: Model; result: PostResult } {
  const earlier = model.answers.find((answer) => answer.item.id === item.id);
  if (earlier !== undefined) {
    const isSame = isDeepStrictEqual(withoutNulls(earlier.item), withoutNulls(item));
    const refusal = { ok: false, repeated: false, reason: 'id_reused' } as const;
    return { model, result: isSame ? { ...earlier.result, repeated: true } : refusal };
  }
  const { model: after, result } = decide(model, item);
  return { model: { ...after, answers: [...after.answers, { item, result }] }, result };
}

function decide(model: Model, item: LedgerItem): { model: Model; result: PostResult } {
  if (item.type !== 'chain') return decideSingle(model, item);
  const refuse = (reason: Refusal, at?: number) => ({
    model,
    result: {
      ok: false,
      repeated: false,
      reason,
      ...(at === undefined ? {} : { item: at }),
    } as const,
  });
  const ids = [item.id, ...item.items.map(({ id }) => id)];
  for (const [index, { id }] of item.items.entries()) {
    const isKnown = model.answers.some((answer) => answer.item.id === id);
    if (isKnown || ids.indexOf(id) <= index) return refuse('id_reused', index);
  }
  if (item.items.length === 0) return refuse('empty_chain');
  let after = model;
  for (const [index, part] of item.items.entries()) {
    const { model: next, result } = decideSingle(after, part);
    if (!result.ok) return refuse(result.reason, index);
    const answers = [...next.answers, { item: part, result: done }];
    after = { ...next, answers };
  }
  return { model: after, result: done };
}

const done: PostResult = { ok: true, repeated: false };

function decideSingle(model: Model, item: SingleItem): { model: Model; result: PostResult } {
  const reason = refusalOf(model, item);
  if (reason !== null) return { model, result: { ok: false, repeated: false, reason } };
  if (item.type !== 'transfer') return { model: applied(model, item), result: done };
  const amounts = resolve(model, item.legs);
  const isOpen = item.legs.some((leg) => !('amountMinor' in leg));
  const result = isOpen ? { ...done, amounts } : done;
  return { model: applied(model, item), result };
}

function refusalOf(model: Model, item: SingleItem): Refusal | null {
  if (item.type === 'transfer') return refusalOfTransfer(model, item);
  if (item.type === 'reversal') return refusalOfReversal(model, item.transferId);
  return refusalOfHolding(model, item);
}

/** The lists after an item that is allowed. */
function applied(model: Model, item: SingleItem): Model {
  const { holds, journal, transfers } = model;
  const { id } = item;
  const transfer = (kind: string, legs: Omit<ModelEntry, 'transferId'>[], reverses?: string) => ({
    ...model,
    transfers: [...transfers, { id, kind, reverses: reverses ?? null }],
    journal: [
      ...journal,
      ...legs
        .filter(({ amountMinor }) => amountMinor !== 0n)
        .map(({ accountId, amountMinor }) => ({ transferId: id, accountId, amountMinor })),
    ],
  });
  if (item.type === 'transfer') {
    const amounts = resolve(model, item.legs);
    return transfer(
      item.kind,
      item.legs.map(({ accountId }, index) => ({ accountId, amountMinor: amounts[index] ?? 0n })),
    );
  }
  if (item.type === 'reversal') {
    const legs = journal.filter(({ transferId }) => transferId === item.transferId);
    const opposite = legs.map((leg) => ({ ...leg, amountMinor: -leg.amountMinor }));
    return transfer('reversal', opposite, item.transferId);
  }
  if (item.type === 'hold') {
    const { accountId, amountMinor } = item;
    const fresh = { capturedMinor: 0n, state: 'open', isPast: false } as const;
    return { ...model, holds: [...holds, { id, accountId, amountMinor, ...fresh }] };
  }
  const closed = (change: (hold: ModelHold) => ModelHold) =>
    holds.map((hold) => (hold.id === item.holdId ? change(hold) : hold));
  if (item.type === 'void') {
    return { ...model, holds: closed((hold) => ({ ...hold, state: 'voided' })) };
  }
  const total = item.to.reduce((sum, { amountMinor }) => sum + amountMinor, 0n);
  const held = holds.find((hold) => hold.id === item.holdId)?.accountId ?? 0n;
  const moved = transfer(item.kind, [{ accountId: held, amountMinor: -total }, ...item.to]);
  const after = closed((hold) => {
    const capturedMinor = hold.capturedMinor + total;
    const isDone = item.final || capturedMinor === hold.amountMinor;
    return { ...hold, capturedMinor, state: isDone ? 'captured' : 'open' };
  });
  return { ...moved, holds: after };
}

/** What is absent is null. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return Object.fromEntries(entries.map(([name, part]) => [name, withoutNulls(part)]));
}
