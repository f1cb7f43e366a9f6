import { afterAll, beforeAll, expect, it } from 'vitest'
import { eventually } from '../../eventually.ts'
import { run } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'
import { emptyHome } from './home.ts'
import { openAt, recordsOf } from './open.ts'

await describeWith('consul', 'names on Consul that differ in case', () => {
  let server: ConsulServer
  let home: Awaited<ReturnType<typeof emptyHome>>
  beforeAll(async () => {
    server = await startConsul({ node: 'node-a' })
    home = await emptyHome()
    const services = [
      ['gd', 'gd-1', '10.30.0.1'],
      ['gd', 'gd-2', '10.30.0.2'],
      ['GD', 'gdu-1', '10.30.1.1'],
      ['gD.grpc', 'gD-x-grpc', '10.30.2.1'],
    ] as const
    for (const [Name, ID, Address] of services)
      await server.api('PUT', '/v1/agent/service/register', { Name, ID, Address, Port: 80 })
    await using backend = await openAt(`consul://${server.endpoint}`)
    await eventually(async () => expect(await recordsOf(backend)).toHaveLength(services.length))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await home.remove()
  })

  const on = (line: string | readonly string[]) =>
    run(line, { env: { ROLLCALL_REGISTRY: `consul://${server.endpoint}`, HOME: home.path } })

  it.each([
    [['ls', 'gd', 'GD', '-o', 'name'], 'GD/gdu-1\ngd/gd-1\ngd/gd-2\n'],
    [['ls', 'gd', 'GD', 'gD', '-o', 'name'], 'GD/gdu-1\ngD/x\ngd/gd-1\ngd/gd-2\n'],
    [['ls', 'gd', '-o', 'name'], 'gd/gd-1\ngd/gd-2\n'],
    [['ls', 'Gd', '-o', 'name'], ''],
    [['ls', '[gG][dD]', '-o', 'name'], 'GD/gdu-1\ngD/x\ngd/gd-1\ngd/gd-2\n'],
    [['ls', '?d', '-o', 'name'], 'gd/gd-1\ngd/gd-2\n'],
    [['ls', '--all', '-o', 'name'], 'GD/gdu-1\ngD/x\ngd/gd-1\ngd/gd-2\n'],
    [['ls', '-o', 'name'], 'GD\ngD\ngd\n'],
  ])('are services of their own, each with its own instances: %j', async (line, stdout) => {
    expect((await on(line)).stdout).toBe(stdout)
  })

  it('are counted once', async () => {
    expect(JSON.parse((await on('stats gd GD gD -o json')).stdout)).toMatchObject({ services: 3, instances: 4 })
  })

  it('lift no guard', async () => {
    for (const names of ['gd', 'gd GD', 'GD gd gD']) {
      const purge = `purge ${names} --status up --host 10.30.0.1`
      expect(await on(`${purge} --keep-min 2 --dry-run`)).toMatchObject({ status: 6 })
      const plan = await on(`${purge} --dry-run -o json`)
      expect([plan.status, JSON.parse(plan.stdout).records]).toMatchObject([0, [{ key: 'dc1/node-a/gd-1' }]])
    }
  })

  it('are removed each by its own name', async () => {
    expect(await on('deregister gd/gd-1 GD/gdu-1 --dry-run')).toMatchObject({ status: 0 })
    expect(await on('get gd/gdu-1')).toMatchObject({ status: 1 })
    expect(await on('deregister GD/gdu-1')).toMatchObject({ status: 0 })
    expect((await on('ls --all -o name')).stdout).toBe('gD/x\ngd/gd-1\ngd/gd-2\n')
  })

  it('share an id on one node: the catalogue holds one of them, and that one is found and removed', async () => {
    for (const ID of ['case-1', 'CASE-1'])
      await server.api('PUT', '/v1/agent/service/register', {
        Name: 'case',
        ID,
        Address: '10.30.3.1',
        Port: 80,
        Check: { TTL: '10m', CheckID: `own:${ID}`, Status: 'passing' },
      })
    await eventually(async () => expect((await on('ls case -o name')).stdout).toMatch(/^case\/case-1\n$/i), {
      timeout: 10_000,
    })
    const [ofOne] = JSON.parse((await on('ls case -o json')).stdout).items
    const ofAll = JSON.parse((await on('ls --all -o json')).stdout).items.find(
      ({ name }: { name: string }) => name === 'case',
    )
    expect(ofAll).toEqual(ofOne)
  })
})
