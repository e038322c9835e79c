import type { FeatureTable } from './published-features.ts';

/** A binary tree that splits by Gini impurity; a leaf answers the share of fraud it was shown. */
type Tree =
  | { readonly fraudShare: number }
  | { readonly column: number; readonly threshold: number; below: Tree; above: Tree };

/** @returns how fraudulent each row of a table with the same columns looks, 0 … 1 */
export function trainTree(
  { columns }: FeatureTable,
  isFraud: Uint8Array,
  depth: number,
): (table: FeatureTable) => Float64Array {
  const tree = grow(columns, isFraud, Int32Array.from(isFraud.keys()), depth);
  return (table) =>
    Float64Array.from(table.columns[0] ?? [], (_, row) => {
      let node = tree;
      while ('column' in node)
        node = (table.columns[node.column]?.[row] ?? 0) <= node.threshold ? node.below : node.above;
      return node.fraudShare;
    });
}

function grow(
  columns: readonly Float64Array[],
  isFraud: Uint8Array,
  rows: Int32Array,
  depth: number,
): Tree {
  const frauds = rows.reduce((sum, row) => sum + (isFraud[row] ?? 0), 0);
  const leaf = { fraudShare: frauds / rows.length };
  if (depth === 0 || frauds === 0 || frauds === rows.length) return leaf;
  let best = { impurity: Infinity, column: -1, threshold: 0 };
  columns.forEach((values, column) => {
    const split = bestSplit(values, isFraud, rows, frauds);
    if (split.impurity < best.impurity) best = { ...split, column };
  });
  const { column, threshold } = best;
  const values = columns[column];
  if (values === undefined) return leaf;
  const side = (keep: (value: number) => boolean): Tree =>
    grow(
      columns,
      isFraud,
      rows.filter((row) => keep(values[row] ?? 0)),
      depth - 1,
    );
  return {
    ...{ column, threshold },
    below: side((value) => value <= threshold),
    above: side((value) => value > threshold),
  };
}

/** The threshold between two neighbouring values that leaves the least impurity. */
function bestSplit(values: Float64Array, isFraud: Uint8Array, rows: Int32Array, frauds: number) {
  // Plain numbers, sorted without a function of ours: many times faster than sorting the rows.
  const all = Float64Array.from(rows, (row) => values[row] ?? 0).sort();
  const ofFrauds = rows.filter((row) => isFraud[row] === 1);
  const fraudulent = Float64Array.from(ofFrauds, (row) => values[row] ?? 0).sort();
  let best = { impurity: Infinity, threshold: 0 };
  let fraudsBelow = 0;
  for (let below = 1; below < all.length; below += 1) {
    const [left = 0, right = 0] = [all[below - 1], all[below]];
    if (left === right) continue;
    while ((fraudulent[fraudsBelow] ?? Infinity) <= left) fraudsBelow += 1;
    const above = all.length - below;
    const impurity = weight(below, fraudsBelow) + weight(above, frauds - fraudsBelow);
    if (impurity < best.impurity) best = { impurity, threshold: (left + right) / 2 };
  }
  return best;
}

/** Gini impurity of a group times its size. */
function weight(size: number, frauds: number): number {
  return (2 * frauds * (size - frauds)) / size;
}
