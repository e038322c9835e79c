import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './tree.ts';

/**
 * What the rules of one set may cost together, in units of one plain node of a condition (a number,
 * an attribute, a comparison: some 5 ns when all of them run). 50 rules like the shipped ones take
 * about 600.
 */
export const maxSetCost = 6_000;

/** `startsWith`, `endsWith` and `contains` read a text; it is at most some hundred characters. */
const textMethodCost = 8;

/**
 * An upper bound of the time a condition takes, whatever the payment: nothing loops, a list is one
 * look-up, so the tree itself is the bound.
 */
export function costOf(node: ASTNode): number {
  const own = node.op === 'rcall' ? textMethodCost : 1;
  // The elements of a list are hashed when the rule is read, and looked up once.
  if (node.op === 'list') return own;
  return childrenOf(node).reduce((sum, child) => sum + costOf(child), own);
}
