import { runningSums, type Random } from '../simulate/random.ts';
import type { Cast } from './cast.ts';
import { createDisputeCommands } from './dispute-commands.ts';
import { createMoneyCommands } from './money-commands.ts';
import type { Draw, Maker } from './draw.ts';
import type { Known } from './known.ts';
import { createPaymentCommands } from './payment-commands.ts';

/** Of a thousand commands. */
const weights = {
  ...{ payment: 270, authorization: 130, capture: 140, cancel: 20, approve: 12, reject: 6 },
  ...{ refund: 120, refund_cancel: 12, withdrawal: 36, top_up: 14, freeze: 2, unfreeze: 8 },
  ...{ dispute: 65, evidence: 15, submit: 30, accept: 8, withdraw: 12, escalate: 18 },
  ...{ decision: 60, appeal: 22 },
} as const;

export type CommandKind = keyof typeof weights;

export const commandKinds = Object.keys(weights) as CommandKind[];
const cumulative = runningSums(commandKinds.map((kind) => weights[kind]));

/** @param due the kind whose turn it is, whatever chance says */
export function nextDraw(random: Random, due?: CommandKind): Draw & { readonly kind: CommandKind } {
  const drawn = commandKinds[random.weighted(cumulative)] ?? 'payment';
  const kind = due ?? drawn;
  const [who, target] = [random.next(), random.next()];
  return { kind, who, target, share: random.next(), twist: random.next() };
}

/** How each kind of command is made of chance and of what is known. */
export function createMakers(cast: Cast, known: Known): Readonly<Record<CommandKind, Maker>> {
  return {
    ...createMoneyCommands(cast, known),
    ...createDisputeCommands(cast, known),
    ...createPaymentCommands(cast, known),
  };
}
