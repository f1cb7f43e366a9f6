import { array, assert, constantFrom, integer, nat, property } from 'fast-check'
import { expect, it } from 'vitest'
import { Latest, Worst } from '../../../src/cli/report/kept.ts'
import { SEVERITIES } from '../../../src/lint/rule.ts'

it('keeps the worst, those of one severity in their order', () => {
  const severities = array(constantFrom(...SEVERITIES))
  assert(
    property(severities, integer({ min: 1, max: 5 }), (all, most) => {
      const items = all.map((severity, at) => ({ severity, at }))
      const worst = new Worst<(typeof items)[number]>(most)
      for (const item of items) worst.add(item)
      const sorted = SEVERITIES.flatMap((severity) => items.filter((item) => item.severity === severity))
      expect(worst.result()).toEqual(sorted.slice(0, most))
    }),
  )
})

it('keeps the latest, and counts all', () => {
  assert(
    property(array(nat()), integer({ min: 1, max: 5 }), (all, most) => {
      const latest = new Latest<number>(most)
      for (const item of all) latest.add(item)
      expect(latest.result()).toEqual(all.slice(-most))
      expect(latest.all).toBe(all.length)
    }),
  )
})
