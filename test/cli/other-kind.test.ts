import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ConsulServer, startConsul } from '../servers/consul/start.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type ZooKeeperServer, startZooKeeper } from '../servers/zookeeper/start.ts'
import { webServer } from './servers.ts'
import { run } from './run.ts'

/** What is said of a registry that is there, and of another kind than the one that was named. */
async function hintFor(url: string): Promise<{ status: number; hint: string }> {
  const { status, stderr } = await run(`ls -r ${url} --request-timeout 3s`)
  return { status, hint: stderr.trim().split('\n').at(-1)?.trim() ?? '' }
}

await describeWith('etcd', 'an etcd that is taken for another registry', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(['http', 'consul', 'nacos', 'polaris', 'eureka'])('of %s://', async (scheme) => {
    const hint = `that is etcd: write etcd://${server.endpoint}`
    expect(await hintFor(`${scheme}://${server.endpoint}`)).toEqual({ status: 3, hint })
  })
})

await describeWith('consul', 'a Consul that is taken for another registry', () => {
  let server: ConsulServer
  beforeAll(async () => {
    server = await startConsul()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(['http', 'etcd', 'nacos', 'polaris', 'eureka'])('of %s://', async (scheme) => {
    const hint = `that is Consul: write consul://${server.endpoint}`
    expect(await hintFor(`${scheme}://${server.endpoint}`)).toEqual({ status: 3, hint })
  })
})

await describeWith('zookeeper', 'a ZooKeeper that is taken for another registry', () => {
  let server: ZooKeeperServer
  beforeAll(async () => {
    server = await startZooKeeper()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it.each(['http', 'etcd', 'consul', 'nacos', 'polaris', 'eureka'])('of %s://', async (scheme) => {
    const { status, hint } = await hintFor(`${scheme}://${server.endpoint}`)
    expect(status).toBe(3)
    if (hint.startsWith('that is')) expect(hint).toBe(`that is ZooKeeper: write zookeeper://${server.endpoint}`)
  })
})

it('a web server that is none of them keeps the usual hint', async () => {
  await using web = await webServer()
  expect(await hintFor(`consul://${web.endpoint}`)).toEqual({
    status: 3,
    hint: expect.stringContaining('look at host and port'),
  })
})
