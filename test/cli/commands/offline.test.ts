import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from '../demo.ts'

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

const mailer = 'mailer/mailer-4f0c2a7be19d3356'

describe('offline and online', () => {
  it('take an instance out of traffic and back, and keep its record', async () => {
    const off = await demo.run(`offline ${mailer}`)
    expect(off.status).toBe(0)
    expect(off.stderr).toBe('the next renewal by its owner puts it back into traffic\n')
    expect(await demo.json(`get ${mailer}`)).toMatchObject({ status: 'down', offlineAt: expect.any(String) })
    expect(await demo.json(`online ${mailer}`)).toMatchObject({ action: 'online', result: 'done' })
    expect(await demo.json(`get ${mailer}`)).toMatchObject({ status: 'up' })
  })

  it('take targets from standard input, and by id alone', async () => {
    const { stdout } = await demo.run('ls mailer --status down -o name')
    expect((await demo.run('online -', { stdin: stdout })).status).toBe(0)
    expect((await demo.run('offline --id mailer-91d2c05ab7e4f013')).status).toBe(0)
  })

  it('take what selectors choose, in some services or in all', async () => {
    const chosen = (await demo.run('ls mailer --status !down -o name')).stdout.split('\n').filter(Boolean)
    const off = await demo.json('offline mailer --status !down')
    const items = off.items ?? [off]
    expect(items.map(({ service, id, result }: Record<string, string>) => [`${service}/${id}`, result])).toEqual(
      chosen.map((name) => [name, 'done']),
    )
    expect((await demo.run('ls mailer --status !down -o name')).status).toBe(1)
    expect((await demo.run('online --status down')).status).toBe(0)
    expect((await demo.run('ls mailer --status up -o name')).stdout).not.toBe('')
    expect(await demo.run('online --status down')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('match no instance'),
    })
    expect(await demo.run(`offline ${mailer} --status up`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('cannot be combined with instances'),
    })
    expect((await demo.run('offline mailer')).status).toBe(2)
  })

  it('change nothing in a dry run', async () => {
    expect(await demo.json(`offline ${mailer} --dry-run`)).toMatchObject({ result: 'planned' })
    expect(await demo.json(`get ${mailer}`)).toMatchObject({ status: 'up' })
  })

  it('are refused where the layout has no status, with a way out', async () => {
    const refused = await demo.run('offline payments/payments-1')
    expect(refused).toMatchObject({ status: 6, stdout: '' })
    expect(refused.stderr).toMatch(/layout kratos, which has no status.*\n {2}deregister it, or use layout aio\n/)
    const foreseen = await demo.run('offline payments/payments-1 --dry-run')
    expect(foreseen).toMatchObject({ status: 6, stdout: expect.stringContaining('holds no status') })
    expect(await demo.run('offline payments/payments-1 --layout kratos --dry-run')).toMatchObject({ status: 6 })
    const stated = await demo.run('offline payments/payments-1 --layout kratos')
    expect(stated.status).toBe(6)
    expect(stated.stderr).toContain('deregister it, and register it again later')
    expect((await demo.run('offline mailer')).status).toBe(2)
    const partly = await demo.run(`offline ${mailer} payments/payments-1`)
    expect(partly.status).toBe(5)
    expect(partly.stderr).toContain('deregister it, or use layout aio')
  })
})
