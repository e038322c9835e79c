import { objectives } from '@wallet/runtime';
import { annotations } from '../annotations.ts';
import type { Dashboard } from '../dashboard.ts';
import { commands } from './commands.ts';
import { kafka } from './kafka.ts';
import { leaving } from './leaving.ts';
import { stages } from './stages.ts';

/** For who looks after the stages: how fast, how late, how large, and what they put aside. */
export const pipeline: Dashboard = {
  uid: 'wallet-pipeline',
  title: 'Wallet: pipeline',
  description:
    'The stages between the intents and the events. Promised: the end within ' +
    `${objectives.endToEnd.thresholdSeconds} s.`,
  rows: [stages, commands, kafka, leaving],
  variables: [],
  annotations,
};
