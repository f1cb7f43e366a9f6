import { get } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { etcd } from '../../src/backends/etcd/driver.ts'
import { RollcallError } from '../../src/model/errors.ts'
import { silent } from '../../src/model/logger.ts'
import { json, plant } from '../backends/kv/shared-file.ts'
import { run, start } from '../cli/run.ts'
import { targetOf } from '../conformance/kv-registry.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

/** More than the first page, which has a thousand. */
const MANY = 1_500
const MANY_KEPT = 200

// All default prefixes are asked for in one transaction; the pages that come after that are requests of their own.
await describeWith('etcd', 'a command asks etcd', () => {
  let server: EtcdServer

  beforeAll(async () => {
    server = await startEtcd()
    const target = targetOf(etcd, `etcd://${server.endpoint}`, 'auto')
    await using backend = await etcd.open(target, {
      signal: new AbortController().signal,
      logger: silent,
      now: Date.now,
    })
    const keys = Array.from({ length: MANY }, (_, at) => [`/microservices/many/${at}`, json('many', String(at))])
    await plant(backend, Object.fromEntries(keys))
    expect(await requests('register payments --id p-1 -e grpc://10.0.0.1:9000 --ttl 10m')).toBeDefined()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  /** How often each method was called. */
  async function requests(line: string): Promise<Record<string, number>> {
    const before = await calls(server)
    const { status, stderr } = await run(line, { env: { ROLLCALL_REGISTRY: `etcd://${server.endpoint}` } })
    expect(status, stderr).toBe(0)
    const after = await calls(server)
    return since(before, after)
  }

  it.each(['ls', 'ls --all -o ndjson', 'stats', 'check-keys --severity error', 'purge --dry-run'])(
    '%s: for the first page of every prefix at once, and for the pages after that',
    async (line) => {
      expect(await requests(line)).toEqual({ Txn: 1, Range: 1 })
    },
  )

  it('ls <service>: for its folder and the key beside it, under each prefix, at once', async () => {
    expect(await requests('ls payments')).toEqual({ Txn: 1 })
  })

  it('get: the same, and for the lease', async () => {
    expect(await requests('get payments/p-1')).toEqual({ Txn: 1, LeaseTimeToLive: 1 })
  })

  it('renew: one heartbeat', async () => {
    expect(await requests('renew payments/p-1')).toMatchObject({ LeaseKeepAlive: 1 })
  })

  it('register, deregister: folder and key, all other places in one transaction, one lease, and one to write; what goes is read by one too', async () => {
    const asked = await requests('register payments --id p-2 -e grpc://10.0.0.2:9000')
    expect(asked).toMatchObject({ LeaseGrant: 1, Range: 2, Txn: 2 })
    expect(await requests('deregister payments/p-2')).toMatchObject({ Txn: 2 })
  })

  it('register -f --keep-alive: a lease each, and all else for all together', async () => {
    const stop = new AbortController()
    const crowd = Array.from({ length: MANY_KEPT }, (_, at) => ({
      name: `s-${at % 10}`,
      id: `i-${at}`,
      endpoints: ['grpc://10.0.0.3:9000'],
    }))
    const before = await calls(server)
    const running = start(`register -f - --keep-alive --ttl 10m -r etcd://${server.endpoint}`, {
      stdin: JSON.stringify(crowd),
      signal: stop.signal,
    })
    await expect.poll(() => running.stderr.text(), { timeout: 20_000 }).toContain('kept alive')
    const made = since(before, await calls(server))
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await running.ended).toMatchObject({ status: 130 })
    expect(made).toMatchObject({ LeaseGrant: MANY_KEPT })
    const all = Object.values(made).reduce((sum, count) => sum + count, 0)
    expect(all - MANY_KEPT).toBeLessThan(20)
  })
})

/** What was called between two counts. */
function since(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const made = [...after].map(([method, count]) => [method, count - (before.get(method) ?? 0)] as const)
  return Object.fromEntries(made.filter(([, count]) => count > 0))
}

/** From etcd's own count of calls begun. */
async function calls(server: EtcdServer): Promise<Map<string, number>> {
  const metrics = await new Promise<string>((resolve, reject) => {
    get(`http://${server.endpoint}/metrics`, { agent: false }, (answer) => resolve(text(answer))).on('error', reject)
  })
  const lines = metrics.matchAll(/^grpc_server_started_total\{grpc_method="(\w+)",.*\} (\d+)$/gm)
  return new Map([...lines].map(([, method = '', count]) => [method, Number(count)]))
}
