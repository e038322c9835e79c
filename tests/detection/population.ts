import type { Random } from '../simulate/random.ts';

/** Who pays and where, as the published description has it: a square of 100 by 100. */
export const scale = { customers: 5_000, terminals: 10_000, days: 183 } as const;
const side = 100;
/** A customer pays at terminals nearer than this. */
const reach = 5;

export type Customer = {
  /** Currency units. The deviation of amounts is half the mean. */
  readonly meanAmount: number;
  /** Mean number of payments a day. */
  readonly activity: number;
  /** Terminals within reach. */
  readonly terminals: Uint16Array;
};

/** Customers with 5–100 a payment and 0–4 payments a day, both uniform, anywhere in the square. */
export function drawPopulation(random: Random): readonly Customer[] {
  const between = (low: number, high: number): number => low + random.next() * (high - low);
  const terminals = Array.from({ length: scale.terminals }, () => ({
    x: between(0, side),
    y: between(0, side),
  }));
  return Array.from({ length: scale.customers }, () => {
    const [x, y] = [between(0, side), between(0, side)];
    const near: number[] = [];
    terminals.forEach((terminal, index) => {
      const [dx, dy] = [terminal.x - x, terminal.y - y];
      if (dx * dx + dy * dy < reach * reach) near.push(index);
    });
    return {
      meanAmount: between(5, 100),
      activity: between(0, 4),
      terminals: Uint16Array.from(near),
    };
  });
}
