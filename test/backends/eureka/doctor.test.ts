import { describe, expect, it } from 'vitest'
import { diagnosesOf } from '../../../src/backends/contract/diagnose.ts'
import { pageDiagnoses, replicaDiagnosis } from '../../../src/backends/eureka/doctor-page.ts'
import { startEureka, startEurekaPeers } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'
import { targetAt } from './open.ts'

await describeWith('eureka', 'doctor on Eureka', () => {
  it('says that self-preservation is turned off, and how many renewals come', async () => {
    await using server = await startEureka({ evictsEvery: 600_000 })
    const found = await diagnosed(targetAt(`eureka://127.0.0.1:1,${server.endpoint}`))
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(said(found, 'clock renewals self-preservation', server.endpoint)).toEqual([
      'clock ok: agrees with the clock of this machine',
      expect.stringMatching(/^renewals (ok|warning): \d+ renewals? in the last minute, and the threshold is \d+$/),
      expect.stringMatching(/^self-preservation warning: it is turned off/),
    ])
  })

  it('says what a login lacks', async () => {
    await using server = await startEureka({ logins: true })
    const found = await diagnosed(targetAt(`eureka://${server.endpoint}`))
    expect(found).toMatchObject([{ check: 'reachable', state: 'error', code: 'unauthenticated' }])
    const reader = { user: 'reader', password: 'reader-password' }
    const known = await diagnosed(targetAt(`eureka://${server.endpoint}`, reader))
    expect(said(known, 'read')).toEqual(['read ok: has permission to list what is registered: 0 records'])
    expect(JSON.stringify(known)).not.toContain('reader-password')
  })

  it('sees a peer that is gone', async () => {
    const [one, other] = await startEurekaPeers()
    try {
      const target = targetAt(`eureka://${one.endpoint},${other.endpoint}`, { requestTimeout: 5_000 })
      await other.kill()
      const found = await diagnosed(target)
      expect(errors(found)).toEqual([`${other.endpoint} reachable`])
      expect(said(found, 'replicas', one.endpoint)).toEqual([
        expect.stringMatching(/^replicas warning: it counts these replicas as not available: http/),
      ])
      expect(said(found, 'members').join()).toContain(`a peer cannot be used: ${other.endpoint}`)
    } finally {
      await one[Symbol.asyncDispose]()
      await other[Symbol.asyncDispose]()
    }
  })
})

describe('what a Eureka tells people', () => {
  const about = diagnosesOf('a:1')

  it('of renewals, and of self-preservation', () => {
    expect(said(pageDiagnoses(about, page(3, 4)), 'renewals self-preservation')).toEqual([
      'renewals ok: 4 renewals in the last minute, and the threshold is 3',
      'self-preservation ok: it is not in force',
    ])
    expect(
      said(pageDiagnoses(about, page(3, 1, '<b>EMERGENCY! EUREKA MAY BE …</b>')), 'renewals self-preservation'),
    ).toEqual([
      'renewals warning: 1 renewal in the last minute, and the threshold is 3',
      'self-preservation warning: it is in force: instances that have ended are kept, and listed as up',
    ])
    expect(pageDiagnoses(about, '<h1>hello</h1>')).toEqual([])
  })

  it('of its replicas', () => {
    expect(replicaDiagnosis(about, status('http://b/, http://c/', 'http://c/,'))).toMatchObject({
      state: 'warning',
      fact: 'it counts these replicas as not available: http://c/',
    })
    expect(replicaDiagnosis(about, status('http://b/', ''))).toMatchObject({
      state: 'ok',
      fact: 'its replicas are available: http://b/',
    })
    expect(replicaDiagnosis(about, status('', ''))).toBeUndefined()
    expect(replicaDiagnosis(about, '')).toBeUndefined()
  })
})

function status(all: string, away: string): string {
  const stats = `<registered-replicas>${all}</registered-replicas>\n<unavailable-replicas>${away}</unavailable-replicas>`
  return `<com.netflix.eureka.util.StatusInfo>\n<applicationStats>\n${stats}\n</applicationStats>\n</com.netflix.eureka.util.StatusInfo>`
}

function page(threshold: number, last: number, more = ''): string {
  return `<td>Renews threshold</td>\n<td>${threshold}</td>\n<td>Renews (last min)</td>\n<td>${last}</td> <h4>${more}</h4>`
}
