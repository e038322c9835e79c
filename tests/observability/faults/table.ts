import type { Fault } from './fault.ts';
import { dataFaults } from './table/data.ts';
import { processFaults } from './table/processes.ts';
import { roomFaults } from './table/rooms.ts';
import { serverFaults } from './table/servers.ts';

/** All that `npm run faults -- alerts` does to the product, one after the other. */
export const faults: readonly Fault[] = [
  ...[...dataFaults, ...processFaults],
  ...[...roomFaults, ...serverFaults],
];
