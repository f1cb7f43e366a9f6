import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/servers/setup.ts', 'test/cli/setup.ts'],
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: 2,
    // Two cores with seven kinds of real servers on them: a server that is starved there is no fault of what is tested.
    retry: process.env['CI'] ? 2 : 0,
  },
})
