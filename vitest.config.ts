import { defineConfig } from 'vitest/config'
import { LongestFirst } from './test/longest-first.ts'
import { temporaryFolder } from './test/temporary-folder.ts'

const CHECKS = ['test/checks.test.ts']
/** What `npm test` leaves to `npm run test:all`: files of that name, and all that is of a server which is long to have. */
const SLOW = [
  'test/**/*.slow.test.ts',
  'test/{backends,conformance}/{consul,eureka,kubernetes,nacos,polaris,zookeeper}{/**/*,}.test.ts',
]

// More than the two cores that CI has: much of the time is waiting for servers.
const maxWorkers = 5

/** Projects do not inherit what is set beside them, and so the servers are had once for all of them. */
function project(name: string, include: string[], exclude: string[] = []) {
  return {
    test: {
      name,
      include,
      exclude,
      env: temporaryFolder === undefined ? {} : { TMPDIR: temporaryFolder },
      testTimeout: 300_000,
      hookTimeout: 300_000,
      // A loaded machine is slow, and no test may bet on its speed.
      expect: { poll: { timeout: 20_000 } },
      maxWorkers,
      // Else each of two hundred files would load the product anew.
      isolate: false,
    },
  }
}

export default defineConfig({
  test: {
    reporters: ['default', './test/closing-line.ts'],
    globalSetup: ['test/temporary-folder.ts', 'test/servers/setup.ts', 'test/cli/setup.ts'],
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    projects: [
      project('checks', CHECKS),
      project('fast', ['test/**/*.test.ts'], [...CHECKS, ...SLOW]),
      project('slow', SLOW),
    ],
  },
})
