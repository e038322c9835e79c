const shared = {
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' } },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['/\\.types/', '/\\.wallet/', '/coverage/'],
};

// `unit` needs no server. `servers` talks to the real ones named by the environment (npm test
// provides them). `system` starts whole processes and measures or harms them: one file at a time.
const servers = ['**/*.server.test.ts'];
const system = ['**/tests/flows/**/*.test.ts', '**/tests/faults/**/*.test.ts'];

export default {
  testTimeout: 60_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['**/*.test.ts'],
      testPathIgnorePatterns: [
        '\\.server\\.test\\.ts$',
        '/tests/(flows|faults)/',
        '/node_modules/',
      ],
    },
    {
      ...shared,
      displayName: 'servers',
      testMatch: servers,
      testPathIgnorePatterns: ['/tests/(flows|faults)/', '/node_modules/'],
    },
    { ...shared, displayName: 'system', testMatch: system },
  ],
};
