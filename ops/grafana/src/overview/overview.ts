import { annotations } from '../annotations.ts';
import type { Dashboard, Row } from '../dashboard.ts';
import { flow } from './flow.ts';
import { lateness } from './lateness.ts';
import { evidence, money } from './money.ts';
import { promises } from './promises.ts';
import { surroundings } from './surroundings.ts';

/** Where the rows of this page are shown in their parts. */
const deeper: Readonly<Record<string, string>> = {
  'Is money right?': 'wallet-ledger',
  'Is history kept?': 'wallet-ledger',
  'Does it flow?': 'wallet-pipeline',
  'The door': 'wallet-edge',
  'How late is it?': 'wallet-pipeline',
  'What it stands on': 'wallet-runtime',
};

/** The first page: is money right, does it flow, how late is it; then what is around it. */
export const overview: Dashboard = {
  uid: 'wallet-overview',
  title: 'Wallet: overview',
  description: 'Is money right? Does it flow? How late is it?',
  rows: [money, promises, evidence, ...flow, ...lateness, ...surroundings].map(withDeeper),
  variables: [
    { name: 'process', label: 'Process', metric: 'wallet_build_info', labelName: 'process' },
  ],
  annotations,
};

function withDeeper(row: Row): Row {
  const uid = deeper[row.title];
  if (uid === undefined) return row;
  return { ...row, panels: row.panels.map((panel) => ({ ...panel, deeper: uid })) };
}
