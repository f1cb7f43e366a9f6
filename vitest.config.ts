import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { temporaryFolder } from './test/temporary-folder.ts'

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/temporary-folder.ts', 'test/servers/setup.ts', 'test/cli/setup.ts'],
    env: temporaryFolder === undefined ? {} : { TMPDIR: temporaryFolder },
    testTimeout: 120_000,
    hookTimeout: 300_000,
    // A loaded machine is slow, and no test may bet on its speed.
    expect: { poll: { timeout: 20_000 } },
    // More than the two cores that CI has: much of the time is waiting for servers.
    maxWorkers: 5,
    // Else each of two hundred files would load the product anew.
    isolate: false,
    sequence: { sequencer: LongestFirst },
    // Two cores with seven kinds of real servers on them: a server that is starved there is no fault of what is tested.
    retry: process.env['CI'] ? 2 : 0,
  },
})
