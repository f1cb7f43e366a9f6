import { expect, it } from 'vitest'
import { startPolaris } from '../../servers/polaris/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'
import { targetAt } from './open.ts'

const PATIENT = { timeout: 60_000 }
const ALONE = ['members ok: 1 server, healthy']

await describeWith('polaris', 'doctor on Polaris', () => {
  it('says what its servers are, and that clients need no token', async () => {
    await using server = await startPolaris()
    const target = targetAt(`polaris://127.0.0.1:1,${server.endpoint}`, { token: server.token })
    // A server that has just started lists itself a little later.
    await expect.poll(async () => said(await diagnosed(target), 'members'), PATIENT).toEqual(ALONE)
    const found = await diagnosed(target)
    expect(errors(found)).toEqual(['127.0.0.1:1 reachable'])
    expect(JSON.stringify(found)).not.toContain(server.token)
    expect(said(found, 'read namespace write')).toEqual([
      'read ok: has permission to list the services of namespace default',
      'namespace ok: there is a namespace default',
      'write ok: clients need no token, so everyone has permission to register',
    ])
    expect(said(found, 'members version')).toEqual([...ALONE, expect.stringMatching(/^version ok: Polaris /)])
  })

  it('says so where there is no such namespace', async () => {
    await using server = await startPolaris()
    const found = await diagnosed(targetAt(`polaris://${server.endpoint}?namespace=nowhere`, { token: server.token }))
    expect(said(found, 'namespace')).toEqual(['namespace error: polaris: there is no namespace "nowhere"'])
  })

  it('says what is refused without a token', async () => {
    await using server = await startPolaris({ clientAuth: true })
    const found = await diagnosed(targetAt(`polaris://${server.endpoint}`))
    expect(said(found, 'write')).toEqual(['write warning: clients need a token to register, and none is given'])
    const reader = await server.addReader('reader', 'reader-123')
    const found2 = await diagnosed(targetAt(`polaris://${server.endpoint}`, { token: reader }))
    expect(said(found2, 'write')).toEqual(['write unknown: Polaris does not tell what a token has permission to write'])
  })
})
