import type { ASTNode } from '@marcbachmann/cel-js';
import { childrenOf } from './tree.ts';

const comparisons = new Set(['<', '<=', '>', '>=', '==', '!=', 'in']);

/**
 * The first comparison that stands beside another without parentheses (`a == b in lists.x`). CEL
 * reads them from left to right, our parser and most people otherwise: such a rule would mean two
 * things, so it is refused.
 */
export function findAmbiguity(node: ASTNode, source: string): ASTNode | null {
  for (const child of childrenOf(node)) {
    const beside = comparisons.has(node.op) && comparisons.has(child.op);
    if (beside && !isEnclosed(child, source)) return child;
    const inside = findAmbiguity(child, source);
    if (inside !== null) return inside;
  }
  return null;
}

function isEnclosed({ range }: ASTNode, source: string): boolean {
  return /\(\s*$/.test(source.slice(0, range.start)) && /^\s*\)/.test(source.slice(range.end));
}
