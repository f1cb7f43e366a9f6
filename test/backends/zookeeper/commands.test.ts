import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { RollcallError } from '../../../src/model/errors.ts'
import { run, start } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'

describeWith('zookeeper', 'commands on ZooKeeper', () => {
  let server: ZooKeeperServer
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server[Symbol.asyncDispose]())
  const on = (line: string) => `${line} --registry zookeeper://${server.endpoint}`

  it('refuse what would be gone at once, and say how it stays', async () => {
    const refused = await run(on('register sre -e grpc://10.0.0.1:9000 --id i-1'))
    expect(refused.status).toBe(2)
    expect(refused.stderr).toMatch(/session/)
    expect(refused.stderr).toMatch(/--keep-alive.*--persistent/)
    const both = await run(on('register sre -e grpc://10.0.0.1:9000 --persistent --ttl 15s'))
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('--persistent')])
    expect((await run(on('register sre -e grpc://10.0.0.1:9000 --id fixture --persistent'))).status).toBe(0)
    expect((await run(on('register sre -e http://10.0.0.1:9000 --id row --layout aio'))).status).toBe(0)
    const listed = JSON.parse((await run(on('ls sre -o json'))).stdout)
    expect(listed.items.map(({ id, lease }: { id: string; lease?: string }) => [id, lease])).toEqual([
      ['row', undefined],
      ['fixture', undefined],
    ])
  })

  it('keep a registration while they run, show its session, and leave none behind', async () => {
    const stop = new AbortController()
    const running = start(on('register pay -e grpc://10.0.0.1:9000 --id p-1 --keep-alive'), { signal: stop.signal })
    await vi.waitFor(() => expect(running.stderr.text()).toContain('kept alive'), { timeout: 20_000 })
    const got = await run(on('get pay/p-1 -o json'))
    const owner = expect.stringMatching(/^session 0x[0-9a-f]+ from 127\.0\.0\.1:\d+$/)
    expect(JSON.parse(got.stdout)).toMatchObject({ id: 'p-1', owner })
    const renewed = await run(on('renew pay/p-1'))
    expect(renewed.status).not.toBe(0)
    expect(renewed.stdout + renewed.stderr).toContain('only its own process can keep')
    expect((await run(on('renew --lease 1f'))).status).toBe(6)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
    expect((await run(on('ls pay'))).status).toBe(1)
  })

  it('find a folder where an instance should be, and a service without any', async () => {
    await run(on('register bad -e grpc://10.0.0.1:9000 --id eu --persistent --prefix /microservices/parent'))
    const checked = await run(on('check-keys -o json'))
    expect(checked.status).toBe(1)
    const rules = JSON.parse(checked.stdout).items.map(
      ({ rule, key }: { rule: string; key: string }) => `${rule} ${key}`,
    )
    expect(rules).toContain('RC2101 /microservices/parent/bad')
    expect(rules).toContain('RC2102 /microservices/pay')
    expect((await run(on('purge --dry-run'))).status).toBe(0)
  })
})
