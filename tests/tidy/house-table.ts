/** The house rules that are tables. A new arrow or driver needs a decision record. */

/** Folder of a package → packages it may import. Tests may import all. */
export const arrows: Record<string, readonly string[]> = {
  'ops/runtime': [],
  'core-ledger': [],
  schemas: ['@wallet/runtime'],
  streams: ['@wallet/runtime', '@wallet/schemas', '@wallet/core-ledger'],
  // From streams the edge takes fraud scoring only.
  'api-edge': ['@wallet/runtime', '@wallet/schemas', '@wallet/core-ledger', '@wallet/streams'],
  // Goes out to others: it stands on nothing of ours.
  'api-client': [],
  'ops/grafana': ['@wallet/runtime'],
  'ops/deploy': [],
  'ops/stack': ['@wallet/runtime', '@wallet/schemas', '@wallet/core-ledger', '@wallet/streams'],
  tests: [
    '@wallet/runtime',
    '@wallet/schemas',
    '@wallet/core-ledger',
    '@wallet/streams',
    '@wallet/api-edge',
    '@wallet/api-client',
    '@wallet/stack',
    '@wallet/grafana',
    '@wallet/deploy',
  ],
};

/** A driver's package name → the only rooms that may import it, in one file when `oneFile`. */
export const drivers: Record<string, { rooms: readonly string[]; oneFile?: boolean }> = {
  knex: { rooms: ['core-ledger'] },
  pg: { rooms: ['core-ledger'] },
  kafkajs: { rooms: ['schemas'] },
  avsc: { rooms: ['schemas'] },
  '@kafkajs/confluent-schema-registry': { rooms: ['schemas'] },
  koa: { rooms: ['api-edge'] },
  '@koa/router': { rooms: ['api-edge'] },
  'prom-client': { rooms: ['ops/runtime'], oneFile: true },
  pino: { rooms: ['ops/runtime'], oneFile: true },
  ioredis: { rooms: ['streams', 'api-edge', 'tests'], oneFile: true },
  '@grafana/grafana-foundation-sdk': { rooms: ['ops/grafana'], oneFile: true },
  'kubernetes-models': { rooms: ['ops/deploy'] },
  '@prometheus-io/lezer-promql': { rooms: ['ops/grafana'], oneFile: true },
};

/** Folders by kind of syntax or by "the rest": nobody finds anything in them. */
export const forbiddenFolders = [
  'utils',
  'util',
  'helpers',
  'common',
  'types',
  'interfaces',
  'misc',
];

export const mostLines = { source: 250, test: 500 };
export const mostColumns = 100;

/** Files that nothing imports because a command or a server starts them. */
export const entryFiles = [/(^|\/)main\.ts$/, /\.config\.[jt]s$/, /\.test\.ts$/, /\.d\.ts$/];

/** Measured by nobody: written by a tool or by an outside licence. */
export const writtenByTools = [
  /\.generated\.ts$/,
  /(^|\/)package-lock\.json$/,
  /^ops\/grafana\/dashboards\//,
  /^ops\/prometheus\/rules\//,
  /^ops\/deploy\/kubernetes\//,
  /(^|\/)schema\.sql$/,
  /^LICENSE$/,
];
