import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { run } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { emptyHome } from './home.ts'

/** A service whose check nobody has passed. */
const critical = (name: string, id: string) => ({
  Name: name,
  ID: id,
  Address: '10.4.9.1',
  Port: 80,
  Check: { TTL: '10m', Status: 'critical', CheckID: id, Notes: 'of no matter' },
})

await describeWith('consul', 'plans to remove something from Consul', () => {
  let a: ConsulServer
  let b: ConsulServer
  let home: Awaited<ReturnType<typeof emptyHome>>
  beforeAll(async () => {
    a = await startConsul({ node: 'node-a' })
    b = await startConsul({ node: 'node-b', join: a })
    home = await emptyHome()
  })
  afterAll(async () => {
    for (const server of [b, a]) await server[Symbol.asyncDispose]()
    await home.remove()
  })

  const on = (server: ConsulServer, line: string) =>
    run(line, { env: { ROLLCALL_REGISTRY: `consul://${server.endpoint}`, HOME: home.path } })

  /** What a check sees comes into the catalogue at once when its status changes with it. */
  async function fails(service: string, check: string, note: string): Promise<void> {
    await a.api('PUT', `/v1/agent/check/pass/${check}`)
    await eventually(async () => expect((await on(a, `ls ${service}`)).stdout).toContain(' up '), { timeout: 30_000 })
    await a.api('PUT', `/v1/agent/check/fail/${check}?note=${note}`)
    await eventually(async () => expect((await on(a, `ls ${service} -o json`)).stdout).toContain(note), {
      timeout: 30_000,
    })
  }

  it.each(['purge cb --dry-run', 'purge --dry-run', 'deregister cb/cb-1 --dry-run'])(
    'know the agent that they ask: %s',
    async (line) => {
      await a.api('PUT', '/v1/agent/service/register', critical('cb', 'cb-1'))
      await fails('cb', 'cb-1', 'down')
      const { status, stderr, stdout } = await on(a, line)
      expect([status, `${stderr}${stdout}`]).toEqual([0, expect.not.stringContaining('brings it back')])
    },
  )

  it("know another's agent, and that it brings the record back", async () => {
    const plan = await on(b, 'purge cb --dry-run -o json')
    expect(JSON.parse(plan.stdout).records).toMatchObject([{ key: 'dc1/node-a/cb-1', comesBack: true }])
    const own = await on(a, 'purge cb --dry-run -o json')
    expect(JSON.parse(own.stdout).records).toMatchObject([
      { comesBack: false, note: 'it is removed by its own agent, on node node-a' },
    ])
  })

  it('know a record that its agent does not have', async () => {
    const orphan = {
      Node: 'node-a',
      SkipNodeUpdate: true,
      Service: { ID: 'orphan-1', Service: 'orphan', Address: '10.4.9.2', Port: 80 },
      Check: { Node: 'node-a', CheckID: 'orphan', ServiceID: 'orphan-1', Status: 'critical', Output: 'gone' },
    }
    // The agent removes what it does not have whenever it compares the catalogue with itself, which may be right now.
    const planned = async () => {
      await a.api('PUT', '/v1/catalog/register', orphan)
      const plan = await on(a, 'purge orphan --dry-run -o json')
      expect(plan.stdout).toContain('orphan-1')
      return JSON.parse(plan.stdout)
    }
    const { records } = await eventually(planned, { timeout: 30_000 })
    expect(records).toMatchObject([
      { comesBack: false, note: 'only the catalogue has it: the agent on node node-a does not' },
    ])
  })

  it('take by default nothing that has not been checked yet', async () => {
    const listener = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => listener.once('listening', resolve))
    const endpoint = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
    expect(await on(a, `register fresh --id f-1 --endpoint ${endpoint} --check-interval 1h`)).toMatchObject({
      status: 0,
    })
    const { stdout } = await on(a, 'get fresh/f-1 -o json')
    const fresh = JSON.parse(stdout)
    if (fresh.status === 'unhealthy') {
      expect(fresh.reason).toContain('it has not run yet')
      expect((await on(a, 'purge fresh --yes')).stderr).toContain('nothing to purge')
      expect((await on(a, 'purge fresh --status unhealthy --dry-run -o json')).stdout).toContain('f-1')
    }
    // A check that nobody has told of yet is never run by the agent itself.
    await a.api('PUT', '/v1/agent/service/register', critical('unheard', 'u-1'))
    await eventually(async () => expect((await on(a, 'ls unheard')).stdout).toContain('unhealthy'), { timeout: 30_000 })
    expect((await on(a, 'purge unheard --yes')).stderr).toContain('nothing to purge')
    await fails('unheard', 'u-1', 'broken')
    expect((await on(a, 'purge unheard --yes')).stderr).toContain('1 record removed')
    listener.close()
  })
})
