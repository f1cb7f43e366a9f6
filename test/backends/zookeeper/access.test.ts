import { afterEach, expect, it } from 'vitest'
import { Session } from '../../../src/backends/zookeeper/client/session.ts'
import { ANYONE } from '../../../src/backends/zookeeper/client/acl.ts'
import { create, only } from '../../../src/backends/zookeeper/client/changes.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { collect } from '../../conformance/ground.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperOptions, type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'
import { Ground } from '../kv/suite/ground.ts'
import { openBackend } from './backend.ts'
import { openStore } from './open.ts'
import { codeOf } from './outcome.ts'

const ALICE = { user: 'alice', password: 'wonder' }
const MALLORY = { user: 'mallory', password: 'guess' }

await describeWith('zookeeper', 'access to ZooKeeper', () => {
  const opened: AsyncDisposable[] = []
  afterEach(async () => {
    for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]()
  })

  const start = async (options?: ZooKeeperOptions): Promise<ZooKeeperServer> => {
    const server = await startZooKeeper(options)
    opened.push(server)
    return server
  }
  const open = async (url: string, settings: Partial<Settings> = {}): Promise<Ground> => {
    const store = await openStore(url, settings)
    opened.push(store)
    return new Ground({ store, base: Buffer.from('/access/'), paths: true })
  }

  it('keeps what a user makes for that user, and tells others of each node that they may not', async () => {
    const { endpoint } = await start()
    const everyone = await open(`zookeeper://${endpoint}`)
    await everyone.put('open', 'x')
    const alice = await open(`zookeeper://${endpoint}`, ALICE)
    await alice.put('hers', 'secret')
    expect(await alice.texts()).toEqual({ hers: 'secret', open: 'x' })
    const mallory = await open(`zookeeper://${endpoint}`, MALLORY)
    const pages = await collect(mallory.store.scan(mallory.range))
    expect(pages.flatMap(({ records }) => records.map(({ key }) => mallory.rest(key)))).toEqual(['open'])
    expect(pages.flatMap(({ unreadable = [] }) => unreadable.map(String))).toEqual(['/access/hers'])
    const outcomes = await mallory.store.write([
      { put: mallory.key('hers'), value: Buffer.from('mine now') },
      { put: mallory.key('open'), value: Buffer.from('y') },
    ])
    expect(outcomes).toMatchObject([{ result: 'failed', error: { code: 'forbidden' } }, { result: 'done' }])
    expect(String(outcomes[0]?.error)).toContain('the user "mallory" has no permission to')
  })

  it('refuses a whole folder, and says in a scan what was not seen', async () => {
    const { endpoint } = await start()
    await using alice = await openBackend(`zookeeper://${endpoint}`, ALICE)
    await alice.register({ id: 'a-1', name: 'hers', endpoints: ['grpc://a:1'] }, { ttl: null })
    await using nobody = await openBackend(`zookeeper://${endpoint}`, { layout: 'kratos' })
    expect(await codeOf(collect(nobody.scan({})))).toBe('forbidden')
    const registering = nobody.register({ id: 'n-1', name: 'other', endpoints: ['grpc://a:1'] }, { ttl: null })
    expect(await codeOf(registering)).toBe('forbidden')
    await using both = await openBackend(`zookeeper://${endpoint}`)
    const pages = await collect(both.scan({}))
    expect(pages.map(({ unreadable }) => unreadable)).toEqual(['no permission to read /microservices/'])
  })

  it('logs in by SASL, and is let in with the right password alone', async () => {
    const { endpoint } = await start({ sasl: { alice: ALICE.password, bob: 'builder' } })
    const alice = await open(`zookeeper://${endpoint}?auth=sasl`, ALICE)
    await alice.put('a')
    expect(await alice.texts()).toEqual({ a: 'value' })
    const bob = await open(`zookeeper://${endpoint}?auth=sasl`, { user: 'bob', password: 'builder' })
    expect(await codeOf(bob.texts())).toBe('forbidden')
    const [denied] = await bob.store.write([{ put: bob.key('a'), value: Buffer.from('mine now') }])
    expect([denied?.result, String(denied?.error)]).toEqual([
      'failed',
      expect.stringContaining('"bob" has no permission to'),
    ])
    const wrong = await open(`zookeeper://${endpoint}?auth=sasl`, { user: 'alice', password: 'guess' })
    expect(await codeOf(wrong.texts())).toBe('unauthenticated')
    const nobody = await open(`zookeeper://${endpoint}`)
    expect(await codeOf(nobody.texts())).toBe('unauthenticated')
  })

  it('speaks TLS with a certificate of its own, and checks the other', async () => {
    const { endpoint, secure } = await start({ tls: 'need' })
    if (!secure) throw new Error('no TLS')
    const { authority, client } = secure.tls
    const tls = { cacert: authority.cacert, ...client }
    const ground = await open(`zookeepers://${secure.endpoint}`, { tls })
    await ground.put('a')
    expect(await ground.texts()).toEqual({ a: 'value' })
    const { lease } = await ground.store.grant(10)
    expect((await ground.store.sessionAddresses?.())?.get(lease)).toMatch(/^127\.0\.0\.1:\d+$/)
    const alice = await open(`zookeepers://${secure.endpoint}`, { ...ALICE, tls })
    await alice.put('hers', 'secret')
    // Who logs in twice, by a certificate and by a password, shares what he makes with both: so another certificate, too.
    const other = { ...tls, ...(await authority.issue('mallory')) }
    const mallory = await open(`zookeepers://${secure.endpoint}`, { ...MALLORY, tls: other })
    const pages = await collect(mallory.store.scan(mallory.range))
    expect(pages.flatMap(({ unreadable = [] }) => unreadable.map(String))).toEqual(['/access/hers'])
    const [denied] = await mallory.store.write([{ put: mallory.key('hers'), value: Buffer.from('mine now') }])
    expect(denied).toMatchObject({ result: 'failed', error: { code: 'forbidden' } })
    const outside = await open(`zookeepers://${secure.endpoint}`, { tls: client })
    await expect(outside.texts()).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('has a certificate that is not trusted'),
      hint: 'name its authority with `tls.cacert`',
    })
    const bare = await open(`zookeepers://${secure.endpoint}`, { tls: { cacert: authority.cacert } })
    await expect(bare.texts()).rejects.toMatchObject({
      code: 'unauthenticated',
      message: `zookeeper: ${secure.endpoint}: wants a client certificate that it trusts`,
      hint: 'name one with `tls.cert` and `tls.key`',
    })
    const wrongName = await open(`zookeepers://${secure.endpoint}`, { tls: { ...tls, serverName: 'example.org' } })
    await expect(wrongName.texts()).rejects.toMatchObject({
      code: 'unreachable',
      hint: 'say with `tls.serverName` whom it names',
    })
    const plainly = await open(`zookeeper://${secure.endpoint}`)
    expect(await codeOf(plainly.texts())).toMatch(/unreachable|wrong-server/)
    const secured = await open(`zookeepers://${endpoint}`, { tls })
    expect(await codeOf(secured.texts())).toMatch(/unreachable|wrong-server/)
  })

  it('keeps to its root, whoever else is there', async () => {
    const { endpoint } = await start()
    const session = new Session({
      endpoints: [endpoint],
      chroot: '',
      tls: undefined,
      login: undefined,
      timeout: 5_000,
      patience: 5_000,
      renew: true,
    })
    const made = { acl: ANYONE }
    for (const path of ['/team', '/outside']) await session.request(only(create(path, Buffer.from('x'), made)))
    const ground = await open(`zookeeper://${endpoint}/team`)
    const log = await ground.watch()
    await session.request(only(create('/team/access/seen', Buffer.from('x'), made)))
    await log.until(() => log.changes().length === 1)
    expect(await ground.texts()).toEqual({ seen: 'x' })
    log.stop()
    await session.close()
  })
})
