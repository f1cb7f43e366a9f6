import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Moment, Sightings } from '../../../src/client/monitor/sightings.ts'
import { ServiceInstance } from '../../../src/model/instance.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'

const TTL = 10_000
const EVERY = 5_000
const START = Date.parse('2026-11-21T05:00:00Z')

/** Of a process whose wall clock is that far ahead of ours. */
function renewedAt(steady: number, ahead: number): InstanceEntry {
  return {
    is: 'instance',
    service: 'a',
    instance: ServiceInstance.from({ name: 'a', id: 'a' }),
    observed: { status: 'up', renewedAt: START + steady + ahead },
    records: [{ id: '/a/a', service: 'a', body: {} }],
  }
}

const at = (steady: number): Moment => ({ wall: START + steady, steady })

function look(sightings: Sightings, steady: number, entry: InstanceEntry, took = 10) {
  sightings.begin(at(steady))
  const [sighting] = sightings.note([entry], at(steady + took))
  sightings.end(at(steady + took))
  return sighting
}

/**
 * Since when an instance that was met at 0 and one interval later is not renewed, by a look at `now` before which, where
 * `fails`, another failed.
 */
function unrenewedAt(now: number, { fails = false, took = 0 } = {}): number | undefined {
  const sightings = new Sightings(EVERY)
  for (const then of [0, EVERY]) look(sightings, then, renewedAt(0, 0), 0)
  if (fails) {
    sightings.begin(at(now - 1))
    sightings.fail()
  }
  return look(sightings, now, renewedAt(0, 0), took)?.unrenewedFor
}

describe('sightings', () => {
  it('never take an instance for dead that renews within its TTL, whatever its clock says', () => {
    const times = fc.array(fc.integer({ min: 1, max: TTL - 1 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(
        times,
        fc.integer({ min: -1e9, max: 1e9 }),
        fc.integer({ min: 0, max: EVERY }),
        (gaps, off, phase) => {
          const sightings = new Sightings(EVERY)
          let renewed = 0
          const renewals = gaps.map((gap) => (renewed += gap))
          for (let now = phase; now < renewed; now += EVERY) {
            const last = renewals.findLast((time) => time <= now) ?? 0
            expect(look(sightings, now, renewedAt(last, off), 0)?.unrenewedFor).toBeLessThan(TTL)
          }
        },
      ),
    )
  })

  it('take one for dead within a TTL and two looks of its last renewal', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: EVERY }), (off, phase) => {
        const sightings = new Sightings(EVERY)
        let dead: number | undefined
        for (let now = phase; dead === undefined; now += EVERY)
          if ((look(sightings, now, renewedAt(0, off), 0)?.unrenewedFor ?? 0) > TTL) dead = now
        expect(dead).toBeLessThanOrEqual(TTL + 2 * EVERY)
      }),
    )
  })

  it('begin anew when the registry was away for long, did not answer, or nobody looked', () => {
    expect(unrenewedAt(2 * EVERY)).toBe(2 * EVERY)
    expect(unrenewedAt(5 * EVERY)).toBe(5 * EVERY)
    expect(unrenewedAt(5 * EVERY + 1)).toBe(0)
    expect(unrenewedAt(4 * EVERY, { fails: true })).toBe(0)
    expect(unrenewedAt(2 * EVERY, { took: 2 * EVERY + 1 })).toBe(0)
  })

  it('go on after a look that failed, and count the time without an answer for nobody', () => {
    expect(unrenewedAt(1.5 * EVERY, { fails: true })).toBe(EVERY)
    expect(unrenewedAt(3 * EVERY, { fails: true })).toBe(EVERY)
  })

  it('tell once that clocks differ, by how much at least, and that they no longer do', () => {
    const sightings = new Sightings(EVERY)
    expect(look(sightings, 0, renewedAt(0, 60_000))?.ahead).toBe(59_990)
    expect(look(sightings, EVERY, renewedAt(EVERY, 60_000))).not.toHaveProperty('ahead')
    expect(sightings.largest).toBeGreaterThan(59_000)
    expect(look(sightings, 2 * EVERY, renewedAt(2 * EVERY, -60_000))?.ahead).toBe(-60_000 + EVERY)
    expect(look(sightings, 3 * EVERY, renewedAt(3 * EVERY, 0))?.ahead).toBe(0)
    expect(sightings.largest).toBe(0)
  })

  it('do not blame a clock for a record that was put back', () => {
    const sightings = new Sightings(EVERY)
    sightings.begin(at(0))
    sightings.end(at(1))
    expect(look(sightings, EVERY, renewedAt(-60_000, 0))).toEqual({ unrenewedFor: 0 })
  })
})
