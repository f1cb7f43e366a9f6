import { afterAll, beforeAll, expect, it } from 'vitest'
import { collect } from '../../conformance/ground.ts'
import { run } from '../../cli/run.ts'
import { type EurekaServer, startEureka } from '../../servers/eureka/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { clientAt, listed } from './open.ts'

const SRE = { name: 'sre', id: 'i-1', endpoints: ['grpc://10.0.0.1:9000'] }

await describeWith('eureka', 'a Eureka that asks for a login', () => {
  let server: EurekaServer
  beforeAll(async () => {
    server = await startEureka({ logins: true })
  }, 600_000)
  afterAll(() => server[Symbol.asyncDispose]())

  const as = (user: string, password = `${user}-password`) =>
    clientAt(`eureka://${server.endpoint}`, { user, password })

  it('takes the user of a URL, with its password from a variable', async () => {
    await using writer = await as('writer')
    await writer.register(SRE)
    const { status, stdout } = await run(`ls sre -o name -r eureka://reader@${server.endpoint}`, {
      env: { ROLLCALL_PASSWORD: 'reader-password' },
    })
    expect([status, stdout]).toEqual([0, 'sre/i-1\n'])
    const without = await run(`ls -r eureka://reader@${server.endpoint}`)
    expect([without.status, without.stderr]).toEqual([2, expect.stringContaining('needs a password')])
  })

  it('says that a login is needed, or that one is wrong, and shows no password', async () => {
    await using nobody = await clientAt(`eureka://${server.endpoint}`)
    await expect(listed(nobody)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'eureka: a login is required to list instances',
      hint: expect.stringContaining('`password`'),
    })
    await using wrong = await as('writer', 'hushhush')
    const error = await listed(wrong).catch((refusal: unknown) => refusal)
    expect(error).toMatchObject({ code: 'unauthenticated', message: expect.stringContaining('the user "writer"') })
    expect(JSON.stringify(error) + String(error)).not.toContain('hushhush')
    await using token = await clientAt(`eureka://${server.endpoint}`, { token: 'made-up' })
    await expect(listed(token)).rejects.toMatchObject({
      code: 'unauthenticated',
      message: 'eureka: the server does not accept this token',
    })
  })

  it('says what a user may not do, and changes nothing', async () => {
    await using writer = await as('writer')
    await writer.register(SRE)
    await using reader = await as('reader')
    await expect(reader.register({ ...SRE, id: 'i-2', endpoints: ['grpc://10.0.0.2:1'] })).rejects.toMatchObject({
      code: 'forbidden',
      message: 'eureka: the user "reader" has no permission to register instances of SRE',
    })
    const { records } = await writer.register(SRE)
    const outcomes = await collect(reader.remove(records))
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'forbidden' } }])
    expect(await reader.setStatus(records, 'down')).toMatchObject([{ result: 'failed', error: { code: 'forbidden' } }])
    expect(await listed(reader)).toEqual(['sre/i-1 up'])
  })
})
