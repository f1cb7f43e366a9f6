import { expect, it } from 'vitest'
import { startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { patientTarget } from '../../patience.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'

const PATIENT = { timeout: 60_000 }
const HEALTHY = ['replicas ok: its server is healthy']
const MANAGER = '11111111-2222-3333-4444-555555555555'

await describeWith('consul', 'doctor on Consul', () => {
  it('says of an open one who leads it, what it is, and that everyone has permission', async () => {
    await using consul = await startConsul({ node: 'node-a' })
    const target = patientTarget(`consul://127.0.0.1:1,${consul.endpoint}`)
    // A server that has just started counts as healthy once its own autopilot has looked at it.
    await expect.poll(async () => said(await diagnosed(target), 'replicas'), PATIENT).toEqual(HEALTHY)
    const found = await diagnosed(target)
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(said(found, 'clock leader version agent', consul.endpoint)).toEqual([
      'clock ok: agrees with the clock of this machine',
      expect.stringMatching(/^leader ok: its cluster is led by 127\.0\.0\.1:/),
      expect.stringMatching(/^version ok: Consul [\d.]+.*, a server in dc1$/),
      'agent ok: the checks of its node node-a pass',
    ])
    expect(said(found, 'members')).toEqual([expect.stringMatching(/^members ok: 1 Raft peer: .*; 0 of them may fail$/)])
    expect(said(found, 'replicas')).toEqual(HEALTHY)
    expect(said(found, 'read write')).toEqual([
      'read ok: ACLs are not enabled, so everyone has permission',
      'write ok: ACLs are not enabled, so everyone has permission',
    ])
  })

  it('sees a node in maintenance', async () => {
    await using consul = await startConsul({ node: 'node-a' })
    await consul.api('PUT', '/v1/agent/maintenance?enable=true&reason=disk')
    const found = await diagnosed(patientTarget(`consul://${consul.endpoint}`))
    expect(said(found, 'agent')).toEqual(['agent error: of its node node-a: _node_maintenance is critical: disk'])
  })

  it('says what a token lacks, by asking Consul and not by trying', async () => {
    await using consul = await startConsul({ managementToken: MANAGER })
    const tokenFor = async (name: string, rules: string) => {
      await consul.api('PUT', '/v1/acl/policy', { Name: name, Rules: rules })
      return await consul.api<{ SecretID: string }>('PUT', '/v1/acl/token', { Policies: [{ Name: name }] })
    }
    for (const name of ['sre', 'pay']) await consul.api('PUT', '/v1/agent/service/register', { Name: name })
    const looked = async (token: string | undefined) => {
      const found = await diagnosed(patientTarget(`consul://${consul.endpoint}`, token === undefined ? {} : { token }))
      if (token !== undefined) expect(JSON.stringify(found)).not.toContain(token)
      return found
    }
    expect(said(await looked(MANAGER), 'read write')).toEqual([
      'read ok: this token has service:read and node:read for all names',
      'write ok: this token has service:write for all names',
    ])

    const { SecretID: empty } = await tokenFor('none', 'key "nothing" { policy = "read" }')
    const nothing = await looked(empty)
    expect(said(nothing, 'read write')).toEqual([
      'read error: this token lacks service:read and node:read for all names, and is shown no service',
      'write warning: this token lacks service:write for all names',
    ])
    expect(said(nothing, 'version')).toEqual([expect.stringMatching(/^version unknown: .*agent:read/)])

    const { SecretID: one } = await tokenFor('one', 'service "sre" { policy = "write" }')
    await expect
      .poll(async () => said(await looked(one), 'read'))
      .toEqual([
        'read warning: this token lacks service:read and node:read for all names; it is shown 1 of the services',
      ])

    expect(said(await looked(undefined), 'read')).toEqual([
      'read error: a request without a token lacks service:read and node:read for all names, and is shown no service',
    ])
    const unknown = await looked('99999999-2222-3333-4444-555555555555')
    expect(said(unknown, 'read')).toEqual(['read error: consul: its servers do not know this token'])
  })
})
