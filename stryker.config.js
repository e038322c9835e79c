import config from './jest.config.js';

/** The pure unit tests of the ledger, once for each mutant of its pure decisions. */
const unit = config.projects.find(({ displayName }) => displayName === 'unit');

// Sequences are many so that rare paths are met; a mutant is met by a few, or by a case of its own.
process.env.PROPERTY_SEQUENCES ??= '10';
process.env.PROPERTY_SEED ??= '1';

export default {
  testRunner: 'jest',
  // Tests and code are native modules.
  testRunnerNodeArgs: ['--experimental-vm-modules'],
  plugins: ['@stryker-mutator/jest-runner'],
  jest: {
    projectType: 'custom',
    enableFindRelatedTests: false,
    config: {
      // Not those of the tree's own configuration, which leave this folder out.
      projects: [],
      transform: unit.transform,
      extensionsToTreatAsEsm: unit.extensionsToTreatAsEsm,
      setupFiles: ['./core-ledger/src/ledger/testing/no-shrinking.ts'],
      testEnvironment: unit.testEnvironment,
      testMatch: ['**/core-ledger/src/ledger/!(*.server).test.ts'],
    },
  },
  coverageAnalysis: 'perTest',
  mutate: [
    'core-ledger/src/ledger/book*.ts',
    'core-ledger/src/ledger/{chart,items,item-shape,memory,payload-hash}.ts',
    // What only a server can tell.
    '!core-ledger/src/ledger/book-{loading,statements,store,writing}.ts',
    '!core-ledger/src/ledger/*.test.ts',
  ],
  ignorePatterns: ['/*', '!/core-ledger', '!/jest.config.js', '!/package.json'],
  concurrency: 2,
  // The longest test by itself takes a few seconds.
  timeoutMS: 8_000,
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  tempDirName: 'coverage/mutants',
  disableTypeChecks: false,
};
