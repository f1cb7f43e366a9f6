import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { type Ran, run } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'

await describeWith('consul', 'commands on Consul', () => {
  let a: ConsulServer
  let b: ConsulServer
  let home: string
  beforeAll(async () => {
    a = await startConsul({ node: 'node-a' })
    b = await startConsul({ node: 'node-b', join: a })
    home = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
  })
  afterAll(async () => {
    for (const server of [b, a]) await server[Symbol.asyncDispose]()
    await rm(home, { recursive: true })
  })

  const on = (server: ConsulServer, line: string): Promise<Ran> =>
    run(line, { env: { ROLLCALL_REGISTRY: `consul://${server.endpoint}`, HOME: home } })

  it('register says when it will be unhealthy, and when gone', async () => {
    const { status, stderr } = await on(
      a,
      'register sre --id a-1 --endpoint grpc://10.0.0.1:9000 --no-checks --ttl 30s',
    )
    expect([status, stderr]).toEqual([
      0,
      'sre/a-1 will be unhealthy in 30s and gone in 10m; rollcall renew sre/a-1 --every 10s keeps it, register --keep-alive too\n',
    ])
  })

  it('register that finds a part of itself missing puts it back, and says renewed', async () => {
    const line =
      'register half --id h-1 -e grpc://10.0.0.5:9000 -e http://10.0.0.5:8000 --layout kratos-scheme --no-checks'
    expect((await on(a, line)).stdout).toContain('created')
    await a.api('PUT', '/v1/agent/service/deregister/half-h-1-http')
    expect(await on(a, line)).toMatchObject({ status: 0, stdout: expect.stringContaining('renewed') })
    expect((await on(a, 'get half/h-1 -o json')).stdout).toContain('http://10.0.0.5:8000')
  })

  it('--older-than says that nobody knows', async () => {
    for (const line of ['ls sre --older-than 1h', 'purge --status up --older-than 1h --dry-run'])
      expect((await on(a, line)).stderr).toContain('--older-than skips instances whose age the registry does not know')
    expect((await on(a, 'ls sre --older-than 1h --version v9')).stderr).not.toContain('age of')
  })

  it("deregister of another agent's says that it comes back, and from where", async () => {
    await on(b, 'register far --id b-1 --endpoint grpc://10.0.0.2:9000 --no-checks')
    await eventually(async () => expect((await on(a, 'ls far -o name')).stdout).toBe('far/b-1\n'))
    for (const line of ['deregister far/b-1 --dry-run', 'deregister far/b-1'])
      expect(await on(a, line)).toMatchObject({
        status: 0,
        stderr: expect.stringContaining('note: its own agent, on node node-b, brings it back within minutes'),
      })
  })

  it('purge promises no way back where there is none', async () => {
    const { status, stderr } = await on(a, 'purge sre --status up --force --yes')
    expect(status).toBe(0)
    expect(stderr).toMatch(/1 record removed\n$/)
  })

  it('get asks the agent what its checks have seen, before the catalogue has heard of it', async () => {
    await on(a, 'register probed --id p-1 --endpoint grpc://127.0.0.1:1 --check-tcp 127.0.0.1:1 --check-interval 1s')
    await eventually(
      async () =>
        expect((await on(a, 'get probed/p-1')).stdout).toMatch(/unhealthy \(service:p-1: .*connection refused/),
      { timeout: 20_000 },
    )
    expect((await on(a, 'ls probed -o json')).stdout).not.toContain('connection refused')
  })
})
