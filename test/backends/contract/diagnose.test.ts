import { describe, expect, it } from 'vitest'
import { clientCertificate, validity } from '../../../src/backends/contract/certificate.ts'
import { diagnosesOf } from '../../../src/backends/contract/diagnose.ts'
import { clockOf } from '../../../src/backends/contract/diagnose-server.ts'
import { drivers } from '../../../src/backends/index.ts'
import { CHECKS } from '../../../src/model/diagnosis.ts'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { patientTarget } from '../../patience.ts'
import { diagnosed } from '../diagnosed.ts'

const NOW = Date.UTC(2026, 10, 30)
const DAY = 86_400_000
const about = diagnosesOf('host:1')

describe('a certificate', () => {
  it.each([
    [30, 'ok'],
    [29, 'warning'],
    [7, 'warning'],
    [6, 'error'],
    [0.5, 'error'],
    [-1, 'error'],
  ])('that is valid for %d more days: %s', (days, state) => {
    const found = validity(about, { check: 'tls', whose: 'its certificate', end: NOW + days * DAY, now: NOW })
    expect(found).toMatchObject({ state, value: Math.floor(days), unit: 'days' })
    expect(found.fact).toMatch(days < 0 ? 'was valid until' : 'is valid until')
    expect(found.fix === undefined).toBe(state === 'ok')
  })

  it('of the client that is none is an error', () => {
    expect(clientCertificate({ now: () => NOW }, 'client.pem', 'none')).toMatchObject([
      {
        subject: 'client.pem',
        check: 'client-certificate',
        state: 'error',
        fact: expect.stringContaining('is unusable'),
      },
    ])
  })
})

describe('a clock', () => {
  // A server tells whole seconds, so that it may be up to one further.
  it.each([
    [0, 'ok', 0],
    [-999, 'ok', 0],
    [4_999, 'ok', 5],
    [-5_900, 'ok', -5],
    [5_000, 'warning', 5],
    [-6_100, 'warning', -5],
    [30_000, 'error', 30],
    [-40_000, 'error', -39],
  ])('that is %d ms ahead: %s', (ahead, state, value) => {
    const [found] = clockOf(about, NOW + ahead, NOW)
    expect(found).toMatchObject({ state, unit: 'seconds' })
    expect(found?.value).toBeCloseTo(value)
  })

  it('that is not told is not looked at', () => {
    expect(clockOf(about, undefined, NOW)).toEqual([])
  })
})

describe('a registry that is not there', () => {
  const urls = drivers.flatMap(({ name, schemes: [scheme] }) =>
    name === 'kubernetes' || name === 'local' ? [] : [`${scheme}://127.0.0.1:1`],
  )

  it.each(urls)('is one error that says so: %s', async (url) => {
    const found = await diagnosed(patientTarget(url))
    expect(found).toEqual([
      {
        subject: '127.0.0.1:1',
        check: 'reachable',
        state: 'error',
        code: 'unreachable',
        fact: expect.stringContaining('127.0.0.1:1'),
        fix: expect.any(String),
      },
    ])
  })

  it('is one error for a file, too', async () => {
    const [only, ...others] = await diagnosed(patientTarget('file:/nowhere/registry.db'))
    expect(only).toMatchObject({ subject: '/nowhere/registry.db', check: 'reachable', state: 'error' })
    expect(others).toEqual([])
  })
})

it('docs/doctor.md explains every check', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/doctor.md'), 'utf8')
  expect(CHECKS.filter((check) => !page.includes(`\`${check}\``))).toEqual([])
})
