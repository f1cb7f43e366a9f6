import { writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo } from '../demo.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

describe('renew', () => {
  it('sends one heartbeat and says until when it holds', async () => {
    const { lease } = await demo.json('get payments/payments-1')
    const renewed = await demo.json('renew payments/payments-1')
    expect(renewed).toMatchObject({ action: 'renew', result: 'done', lease })
    expect(Date.parse(renewed.expiresAt) - Date.now()).toBeGreaterThan(7.9 * 3_600_000)
    expect(await demo.json('renew --id payments-1')).toMatchObject({ result: 'done' })
  })

  it('renews a lease by its id, and names what hangs on it', async () => {
    const { lease } = await demo.json('get sre')
    expect(await demo.json(`renew --lease ${lease}`)).toMatchObject({
      lease,
      keys: ['/microservices/sre/grpc/node-7.local', '/microservices/sre/http/node-7.local'],
    })
    expect(await demo.json(`renew --lease ${lease} --dry-run`)).toMatchObject({ result: 'planned', lease })
    expect((await demo.run('renew --lease 1')).status).toBe(1)
    expect((await demo.run('renew --lease xyz')).status).toBe(2)
    expect((await demo.run(`renew payments/payments-1 --lease ${lease}`)).status).toBe(2)
  })

  it('names the other keys on that lease', async () => {
    const { lease } = await demo.json('get users/users-1')
    const shared = { id: '/microservices/users/users-9', service: 'users', lease, ttl: 7200 }
    const record = (id: string, lines: object) => ({
      ...shared,
      id: `/microservices/users/${id}`,
      key: Buffer.from(`/microservices/users/${id}`).toString('base64'),
      value: Buffer.from(JSON.stringify({ id, name: 'users', version: '', metadata: null, ...lines })).toString(
        'base64',
      ),
    })
    const backup = ['one', 'two']
      .map((id) => JSON.stringify(record(id, { endpoints: ['grpc://10.0.0.1:1'] })))
      .join('\n')
    await writeFile(`${demo.folder}/shared.ndjson`, backup)
    expect((await demo.run('restore shared.ndjson --yes')).status).toBe(0)
    const { stderr } = await demo.run('renew users/one')
    expect(stderr).toMatch(/^also on lease [0-9a-f]+: \/microservices\/users\/two\n$/)
  })

  it('goes on until stopped, and never registers again', async () => {
    await demo.run('register brief --id b -e grpc://10.0.0.1:1 --ttl 2h')
    const stop = new AbortController()
    const beating = demo.start('renew brief/b --every 100ms -o ndjson', { signal: stop.signal })
    await expect.poll(() => beating.stdout.text().split('\n').length).toBeGreaterThan(3)
    await demo.run('deregister brief/b')
    expect(await beating.ended).toMatchObject({ status: 1, stderr: expect.stringContaining('no instance of brief') })

    const other = demo.start('renew users/users-2 --every 100ms', { signal: stop.signal })
    await expect.poll(() => other.stdout.text()).toContain('done')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await other.ended).status).toBe(130)
  })

  it('refuses what cannot be renewed', async () => {
    const noLease = await demo.run('renew search/search-old')
    expect(noLease.status).toBe(6)
    expect(noLease.stderr).toContain('has no lease, so there is nothing to renew')
    expect((await demo.run('renew payments')).status).toBe(2)
    expect((await demo.run('renew')).status).toBe(2)
    expect((await demo.run('renew payments/payments-1 --every 1ms')).status).toBe(2)
    expect((await demo.run('renew payments/payments-1 --every soon')).status).toBe(2)
    expect((await demo.run('renew payments/nobody')).status).toBe(1)
    const partly = await demo.run('renew search/search-old search/search-1')
    expect(partly.status).toBe(5)
    expect(partly.stdout).toMatch(/unsupported .*\n?/)
  })

  it('renews an AIO record in its value', async () => {
    expect(await demo.json('renew mailer/mailer-c7a81b3f60d2e945')).toMatchObject({ result: 'done' })
    expect(await demo.json('get mailer/mailer-c7a81b3f60d2e945')).toMatchObject({ status: 'up' })
  })
})
