import type { ASTNode } from '@marcbachmann/cel-js';

/** The nodes right below a node, in the order of the text. */
export function childrenOf(node: ASTNode): readonly ASTNode[] {
  const found: ASTNode[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(visit);
    else if (typeof part === 'object' && part !== null && 'op' in part) found.push(part as ASTNode);
  };
  visit(node.args);
  return found;
}
