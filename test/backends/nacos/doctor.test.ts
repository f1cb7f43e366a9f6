import { expect, it } from 'vitest'
import { startNacos, startNacosCluster } from '../../servers/nacos/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'
import { targetOf } from './open.ts'

await describeWith('nacos', 'doctor on Nacos', () => {
  it('says what a node is, and what is switched off', async () => {
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
    expect(said(found, 'read write')).toEqual([
      'read ok: has permission to list the services of namespace public',
      'write ok: Nacos asks for no login, so everyone has permission',
    ])
    await server
      .call('PUT', '/v1/ns/operator/switches', { entry: 'check', value: 'off', debug: 'true' })
      .catch(() => {})
    await server.call('PUT', '/v1/ns/operator/switches', {
      entry: 'overriddenServerStatus',
      value: 'DOWN',
      debug: 'true',
    })
    const off = await diagnosed(target)
    expect(said(off, 'naming')).toContain('naming error: its status is overridden: DOWN')
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
