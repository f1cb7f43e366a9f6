import { expect, it } from 'vitest'
import { STATUS_OF_A_BUG, statusOf } from '../../src/cli/exit-status.ts'
import { ERROR_CODES } from '../../src/model/errors.ts'

it('keeps 0 for what is done, and a status of its own for bugs', () => {
  const statuses = ERROR_CODES.map(statusOf)
  expect(statuses).not.toContain(0)
  expect(statuses).not.toContain(STATUS_OF_A_BUG)
})

it.each([
  ['not-found', 1],
  ['usage', 2],
  ['unreachable', 3],
  ['forbidden', 4],
  ['partial', 5],
  ['refused', 6],
  ['conflict', 7],
  ['deadline', 124],
  ['interrupted', 130],
  ['terminated', 143],
] as const)('%s is %i', (code, status) => {
  expect(statusOf(code)).toBe(status)
})
