/** One jest for the whole repository: tests run the TypeScript sources, on the services that `globalSetup` finds or starts. */
export default {
  testMatch: ['<rootDir>/{apps,packages}/*/test/**/*.test.ts', '<rootDir>/chaos/test/**/*.test.ts'],
  testEnvironment: 'node',
  globalSetup: '<rootDir>/jest.global-setup.ts',
  globalTeardown: '<rootDir>/jest.global-teardown.ts',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  // what `npm run dist` makes has package.json files of its own
  modulePathIgnorePatterns: ['/dist/'],
  maxWorkers: 2,
  // each suite's modules stay in memory: a process that has had half of them held 2.4 GB
  workerIdleMemoryLimit: '1GB',
  // so that what hangs ends: a busy machine takes several times as long as a quiet one
  testTimeout: 150_000,
}
