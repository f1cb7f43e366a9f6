import { expect, it } from 'vitest'
import type { Diagnosis } from '../../../src/model/diagnosis.ts'
import { startNacos, startNacosCluster } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'
import { targetOf } from './open.ts'

await describeWith('nacos', 'doctor on Nacos', () => {
  it('says what a node is, and whether the namespace is there', async () => {
    await using server = await startNacos()
    const target = targetOf(`nacos://127.0.0.1:1,${server.endpoint}`)
    const found = await diagnosed(target)
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(said(found, 'clock version readiness naming members', server.endpoint)).toEqual([
      'clock ok: agrees with the clock of this machine',
      expect.stringMatching(/^version ok: Nacos 2\.3/),
      'readiness ok: naming is up',
      'naming ok: nothing is switched off',
      'members ok: is the only node',
    ])
    expect(said(found, 'read namespace write')).toEqual([
      'read ok: has permission to list the services of namespace public',
      'namespace ok: there is a namespace public',
      'write ok: Nacos asks for no login, so everyone has permission',
    ])
    const of = async (namespace: string) =>
      said(await diagnosed(targetOf(`nacos://${server.endpoint}?namespace=${namespace}`)), 'namespace')
    expect(await of('nowhere')).toEqual([
      'namespace warning: no namespace has the id "nowhere": it was never created, or is misspelt',
    ])
    const created = { customNamespaceId: 'an-id', namespaceName: 'a-name', namespaceDesc: '' }
    await server.call('POST', '/v1/console/namespaces', created)
    expect(await of('an-id')).toEqual(['namespace ok: there is a namespace an-id'])
    expect(await of('a-name')).toEqual(['namespace error: nacos: "a-name" is the name of the namespace an-id'])
  })

  it('says what is switched off, and how to set it back', async () => {
    await using server = await startNacos()
    const target = targetOf(`nacos://${server.endpoint}`)
    const naming = async () => (await diagnosed(target)).filter(({ check }) => check === 'naming')
    const set = async (entry: string, value: string) =>
      await server.call('PUT', '/v2/ns/operator/switches', { entry, value, debug: 'true' })
    await set('check', 'false')
    await set('pushEnabled', 'false')
    await set('disableAddIP', 'true')
    const off = await naming()
    expect(off.map(({ state, fact }) => `${state}: ${fact}`)).toEqual([
      'warning: health checks are off: dead instances stay healthy',
      'warning: pushing is off: clients learn of changes late',
      'warning: adding instances is off',
    ])
    await followAll(off)
    expect(await naming()).toMatchObject([{ state: 'ok', fact: 'nothing is switched off' }])
    for (const [status, state] of [
      ['UP', 'warning'],
      ['DOWN', 'error'],
    ] as const) {
      await set('overriddenServerStatus', status)
      const overridden = await naming()
      expect(overridden).toMatchObject([{ state, fact: expect.stringContaining('its status is overridden') }])
      const readiness = async () => said(await diagnosed(target), 'readiness')
      await expect.poll(readiness).toContainEqual(expect.stringContaining(status === 'UP' ? 'is up' : 'is DOWN'))
      await followAll(overridden)
      await expect.poll(readiness).toEqual(['readiness ok: naming is up'])
      expect(await naming()).toMatchObject([{ state: 'ok' }])
    }
  })

  it('says what a user lacks', async () => {
    await using server = await startNacos({ auth: true })
    const found = await diagnosed(targetOf(`nacos://${server.endpoint}`))
    expect(said(found, 'read write')).toEqual([
      'read error: nacos: a login is required to list the services of namespace public',
      'write unknown: Nacos does not tell what a user has permission to write',
    ])
  })

  it('sees that a node of a cluster is down', async () => {
    const nodes = await startNacosCluster(2)
    try {
      const [one, other] = nodes
      const target = targetOf(`nacos://${one?.endpoint},${other?.endpoint}`)
      await expect.poll(async () => errors(await diagnosed(target)), { timeout: 60_000 }).toEqual([])
      await other?.kill()
      const isSeen = async () => said(await diagnosed(target), 'members', one?.endpoint).join()
      await expect.poll(isSeen, { timeout: 120_000, interval: 1_000 }).toContain(`${other?.endpoint} is`)
    } finally {
      for (const node of nodes) await node[Symbol.asyncDispose]()
    }
  })
})

/** Does what each fix says. */
async function followAll(found: readonly Diagnosis[]): Promise<void> {
  for (const { fix = '' } of found) {
    const [, url = ''] = /^set it back: PUT (\S+)$/.exec(fix) ?? []
    expect(await (await fetch(url, { method: 'PUT' })).text()).toContain('ok')
  }
}
