import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type EtcdServer, startEtcd } from '../../servers/etcd/start.ts'
import { describeWith } from '../../servers/with-server.ts'

const ROOT = join(import.meta.dirname, '../../..')

// What it finds must be as it would be without a bundle: keys of a prefix, all 64 bits of a lease.
const PROGRAM = `
const { openEtcdStore, etcd, parseRegistryUrl } = require('./store.cjs')
async function main(url) {
  const target = etcd.parse(parseRegistryUrl(url), { requestTimeout: 5000, aioTtl: 0 }, {})
  const store = await openEtcdStore(target, { logger: { debug() {} } })
  const { lease } = await store.grant(60)
  await store.write(['a', 'b'].map((name) => ({ put: Buffer.from('/bundle/' + name), value: Buffer.from(name), lease, expect: null })))
  const range = { start: Buffer.from('/bundle/'), end: Buffer.from('/bundle0') }
  const found = []
  for await (const page of store.scan(range)) found.push(...page.records.map((r) => [r.key.toString(), r.lease === lease]))
  const state = (await store.lookUp([lease], { keys: true })).get(lease)
  const renewed = await store.keepAlive(lease)
  console.log(JSON.stringify({ found, lease, keys: state.keys.map(String), renewed }))
  await store[Symbol.asyncDispose]()
}
main(process.argv[2])
`

/** All that reads, watches, writes and leases; then one call with a login. */
const WITHOUT_LIBRARY = `
const { openEtcdStore, etcd, parseRegistryUrl } = require('./store.cjs')
async function main(url) {
  const target = etcd.parse(parseRegistryUrl(url), { requestTimeout: 5000, aioTtl: 0 }, {})
  const store = await openEtcdStore(target, { logger: { debug() {} } })
  const range = { start: Buffer.from('/many/'), end: Buffer.from('/many0') }
  const keys = Array.from({ length: 200 }, (_, at) => Buffer.from('/many/' + at))
  const written = await store.write(keys.map((key) => ({ put: key, value: key })))
  const [one, other] = ['/one', '/other'].map((name) => Buffer.from(name))
  const alone = await store.write([{ put: one, value: one, expect: null }])
  const atomic = [{ check: one, expect: alone[0].revision }, { put: other, value: one, expect: null }]
  const together = await store.write(atomic, { atomic: true })
  const singly = [...alone, ...together, ...await store.write(atomic, { atomic: true })].map(({ result }) => result)
  const found = []
  for await (const page of store.scan(range)) found.push(...page.records)
  const state = await store.lookUp(['1'], { keys: true })
  const renewed = await store.keepAlive('1')
  const removed = await store.write(found.map(({ key, revision }) => ({ delete: key, expect: revision })))
  const stop = new AbortController()
  const since = String(Math.min(...written.map(({ revision }) => Number(revision))) - 1)
  let changes = 0
  for await (const event of store.watch([range], { since, signal: stop.signal }))
    if (event.is === 'changes' && (changes += event.changes.length) === 400) stop.abort()
  const done = removed.filter(({ result }) => result === 'done').length
  console.log(JSON.stringify({ singly, found: found.length, done, changes, leases: state.size, renewed: renewed ?? null }))
  const granted = await store.grant(60)
  await store.revoke(granted.lease)
  console.log([granted.ttl, (await store.lookUp([granted.lease])).size].join(' '))
  await store[Symbol.asyncDispose]()
  const withLogin = await openEtcdStore({ ...target, user: 'u', password: 'p' }, { logger: { debug() {} } })
  console.log(await withLogin.count(range).catch((error) => error.code))
  await withLogin[Symbol.asyncDispose]()
}
main(process.argv[2])
`

await describeWith('etcd', 'the store in a bundle', () => {
  let etcd: EtcdServer
  let folder: string
  beforeAll(async () => {
    etcd = await startEtcd()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-bundle-'))
  })
  afterAll(async () => {
    await rm(folder, { recursive: true })
    await etcd[Symbol.asyncDispose]()
  })

  async function ran(program: string, external: string[] = []): Promise<{ stdout: string; stderr: string }> {
    const { etcd3Plugin } = await import(join(ROOT, 'build/etcd3-plugin.mjs'))
    await build({
      absWorkingDir: ROOT,
      stdin: {
        contents: `export * from './src/backends/etcd/store.ts'
          export * from './src/backends/etcd/driver.ts'
          export * from './src/model/registry-url.ts'`,
        resolveDir: ROOT,
      },
      outfile: join(folder, 'store.cjs'),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'cjs',
      supported: { 'dynamic-import': false },
      plugins: [etcd3Plugin()],
      external,
    })
    await writeFile(join(folder, 'program.cjs'), program)
    return await promisify(execFile)(process.execPath, [join(folder, 'program.cjs'), `etcd://${etcd.endpoint}`], {
      cwd: folder,
    })
  }

  it('works where there are no packages', async () => {
    const { stdout, stderr } = await ran(PROGRAM)
    expect(stderr).toBe('')
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      found: [
        ['/bundle/a', true],
        ['/bundle/b', true],
      ],
      keys: expect.toSatisfy((keys: string[]) => keys.toSorted().join() === '/bundle/a,/bundle/b'),
      renewed: { lease: result.lease, ttl: 60 },
    })
    expect(await etcd.etcdctl('lease', 'list')).toContain(result.lease)
  })

  it('reads, watches, writes, removes and leases where etcd3 cannot be loaded, which it needs for a login', async () => {
    const { stdout, stderr } = await ran(WITHOUT_LIBRARY, ['etcd3', '@grpc/grpc-js', 'cockatiel'])
    expect(stderr).toBe('')
    const [result = '', lease, failure] = stdout.split('\n')
    const singly = ['done', 'done', 'done', 'changed', 'changed']
    expect(JSON.parse(result)).toEqual({ singly, found: 200, done: 200, changes: 400, leases: 0, renewed: null })
    expect(lease).toBe('60 0')
    expect(failure).toBe('MODULE_NOT_FOUND')
  })
})
