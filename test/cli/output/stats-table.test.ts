import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { barMarks } from '../../../src/cli/output/status-marks.ts'
import { STATUSES } from '../../../src/model/status.ts'
import { Demo } from '../demo.ts'

const counts = fc.dictionary(fc.constantFrom(...STATUSES), fc.nat(1_000_000))

it('a bar shows whatever there is, the worst first, and never more than fits', () => {
  fc.assert(
    fc.property(counts, fc.nat(1_000_000), (byStatus, more) => {
      const all = Object.values(byStatus).reduce((sum, count) => sum + count, 0)
      const marks = barMarks(byStatus, all + more)
      expect(marks).toHaveLength(Object.values(byStatus).filter((count) => count > 0).length)
      const length = marks.reduce((sum, { times }) => sum + times, 0)
      expect(length).toBeLessThanOrEqual(20 + STATUSES.length)
      if (more === 0 && all > 0) expect(length).toBeGreaterThanOrEqual(20 - STATUSES.length)
    }),
  )
})

it('stats draws it on a terminal: a letter an instance without colours, and none in a pipe or in csv', async () => {
  await using demo = await Demo.open()
  const options = { terminal: 200, env: { NO_COLOR: '1' } }
  const { stdout } = await demo.run('stats', options)
  expect(stdout).toMatch(/^SERVICE +INSTANCES +BAR +STATUS/)
  expect(stdout).toMatch(/^mailer +3 +D{7}E{7}U{7} /m)
  expect(stdout).toMatch(/^users +2 +U{13} /m)
  expect((await demo.run('stats')).stdout).not.toContain('BAR')
  expect((await demo.run('stats -o csv', options)).stdout).not.toMatch(/bar/i)
  const painted = await demo.run('stats --color always', options)
  expect(painted.stdout).toContain('\u001b[31m■■■■■■■\u001b[39m\u001b[31m■■■■■■■\u001b[39m\u001b[32m■■■■■■■')
})
