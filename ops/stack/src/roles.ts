import { fileURLToPath } from 'node:url';

const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Our processes: role → what is run. All but the edge may be split by `--processors`. */
export const roles = {
  edge: { role: 'edge', entry: inRepository('api-edge/src/main.ts'), args: [] },
  identity: {
    role: 'identity',
    entry: inRepository('api-edge/src/identity-service/main.ts'),
    args: [],
  },
  streams: { role: 'streams', entry: inRepository('streams/src/main.ts'), args: [] },
  backtests: {
    role: 'streams:backtests,shadow',
    entry: inRepository('streams/src/main.ts'),
    args: ['--processors', 'backtests,shadow'],
  },
  outward: {
    role: 'streams:webhooks,emails',
    entry: inRepository('streams/src/main.ts'),
    args: ['--processors', 'webhooks,emails'],
  },
  monitor: {
    role: 'streams:monitor',
    entry: inRepository('streams/src/main.ts'),
    args: ['--processors', 'monitor'],
  },
} as const;

/** Fills the sandbox; ends when done. */
export const seedEntry = inRepository('api-edge/src/sandbox/seed.ts');
