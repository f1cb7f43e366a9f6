import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  ANYONE,
  type AclEntry,
  type Kind,
  create,
  exists,
  getAcl,
  getData,
  only,
  Session,
  setData,
} from '../../../src/backends/zookeeper/client/index.ts'
import { type Ran, type RunOptions, run } from '../../cli/run.ts'
import { describeWith } from '../../servers/with-server.ts'
import { type ZooKeeperOptions, type ZooKeeperServer, startZooKeeper } from '../../servers/zookeeper/start.ts'

/** What the password of bob, `builder`, is in an ACL. */
const HASH = createHash('sha1').update('bob:builder').digest('base64')
const OF_BOB: readonly AclEntry[] = [
  { permissions: 31, scheme: 'digest', id: `bob:${HASH}` },
  { permissions: 1, scheme: 'world', id: 'anyone' },
]
const NOBODY: RunOptions = {}
const BOB: RunOptions = { env: { ROLLCALL_PASSWORD: 'builder' } }

const instance = (id: string) => Buffer.from(JSON.stringify({ id, name: 'pay', endpoints: ['http://10.0.0.1:80'] }))

/** A ZooKeeper, a session that knows nothing of rollcall, and the command line. */
class Ground implements AsyncDisposable {
  readonly #server: ZooKeeperServer
  readonly session: Session
  readonly folder: string

  private constructor(server: ZooKeeperServer, folder: string) {
    this.#server = server
    this.folder = folder
    this.session = new Session({
      endpoints: [server.endpoint],
      chroot: '',
      tls: undefined,
      login: undefined,
      timeout: 30_000,
      patience: 20_000,
      renew: true,
    })
  }

  static async start(options: ZooKeeperOptions): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-zookeeper-'))
    const ground = new Ground(await startZooKeeper(options), folder)
    for (const path of ['/microservices', '/microservices/pay']) await ground.make(path, { data: Buffer.from('') })
    return ground
  }

  async make(
    path: string,
    {
      data = instance(path.split('/').at(-1) ?? ''),
      ...made
    }: Partial<Parameters<typeof create>[2]> & { data?: Buffer },
  ): Promise<void> {
    await this.session.request(only(create(path, data, { acl: ANYONE, ...made })))
  }

  async run(line: string, options: RunOptions): Promise<Ran> {
    const user = options === BOB ? ['--user', 'bob'] : []
    return await run([...line.split(' '), ...user, '-r', `zookeeper://${this.#server.endpoint}`], options)
  }

  /** What a node is but for its revision. */
  async nodeAt(
    path: string,
  ): Promise<{ acl: readonly AclEntry[]; kind: Kind | undefined; owner: bigint; data: Buffer }> {
    const { session } = this
    const { answer: stat } = await session.request(exists(path))
    const { answer: acl } = await session.request(getAcl(path))
    const { answer: node } = await session.request(getData(path))
    return { acl, kind: stat.kind, owner: stat.owner, data: node.data }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session.close()
    await this.#server[Symbol.asyncDispose]()
    await rm(this.folder, { recursive: true })
  }
}

await describeWith('zookeeper', 'what lies beside the data of a node', () => {
  let ground: Ground
  beforeEach(async () => {
    ground = await Ground.start({
      properties: { 'zookeeper.extendedTypesEnabled': 'true', 'znode.container.checkIntervalMs': '3600000' },
    })
  })
  afterEach(() => ground[Symbol.asyncDispose]())

  const backup = () => join(ground.folder, 'backup.ndjson')
  const removing = () => `purge pay --status up --max-percent 100 --keep-min 0 --yes --backup ${backup()}`

  it('comes back with it: who may do what, a container, a TTL', async () => {
    const made: Record<string, Partial<Parameters<typeof create>[2]>> = {
      'of-bob': { acl: OF_BOB },
      container: { kind: 'container' },
      'an-hour': { kind: { ttl: 3_600_000 } },
      'pay-0000000003': {},
    }
    const paths = Object.keys(made).map((id) => `/microservices/pay/${id}`)
    for (const [id, node] of Object.entries(made)) await ground.make(`/microservices/pay/${id}`, node)
    const before = await Promise.all(paths.map((path) => ground.nodeAt(path)))
    const removed = await ground.run(removing(), BOB)
    expect([removed.status, removed.stderr]).toEqual([0, expect.stringContaining('4 records removed')])
    const restored = await ground.run(`restore ${backup()} --yes`, BOB)
    expect([restored.status, restored.stderr]).toEqual([0, expect.anything()])
    expect(await Promise.all(paths.map((path) => ground.nodeAt(path)))).toEqual(before)
    const listed = await ground.run('ls pay -o name', NOBODY)
    expect(listed.stdout.trim().split('\n')).toHaveLength(4)
    const again = await ground.run(`restore ${backup()} --yes`, BOB)
    expect(again.status).toBe(0)
  })

  it('is named in the plan where it could not be put back', async () => {
    await ground.make('/microservices/pay/of-bob', { acl: OF_BOB })
    await ground.make('/microservices/pay/living', { ephemeral: true })
    const plan = await ground.run('purge pay --status up --dry-run --max-percent 100 --keep-min 0 -o json', NOBODY)
    expect(plan.status).toBe(0)
    const { records } = JSON.parse(plan.stdout)
    expect(Object.fromEntries(records.map(({ id, lost }: { id: string; lost?: string }) => [id, lost]))).toEqual({
      'of-bob': expect.stringContaining('ZooKeeper shows its ACL only to an admin'),
      living: expect.stringContaining('on a session cannot be restored'),
    })
    expect(plan.stderr).toContain('ZooKeeper shows its ACL only to an admin')
    await ground.run(removing(), NOBODY)
    expect(await readFile(backup(), 'utf8')).not.toContain('bob:x')
  })

  it('is what new nodes get where an older backup has nothing of it, and refused where it is none of ZooKeeper', async () => {
    for (const id of ['old', 'strange']) await ground.make(`/microservices/pay/${id}`, {})
    await ground.run(removing(), NOBODY)
    const lines = (await readFile(backup(), 'utf8')).trim().split('\n')
    const records = lines.map((line) => JSON.parse(line)).filter((line) => 'value' in line)
    expect(records).toMatchObject([{ beside: { acl: ANYONE } }, { beside: { acl: ANYONE } }])
    for (const record of records)
      record.beside = record.id.endsWith('old') ? undefined : { acl: [{ name: 'everybody' }] }
    await writeFile(backup(), records.map((record) => JSON.stringify(record)).join('\n'))
    const restored = await ground.run(`restore ${backup()} --yes`, BOB)
    expect([restored.status, restored.stdout]).toEqual([
      5,
      expect.stringMatching(/the acl stored with the value is not valid/),
    ])
    expect((await ground.run('ls pay -o name', BOB)).stdout).toBe('pay/old\n')
  })
})

await describeWith('zookeeper', 'records of three megabytes', () => {
  it('are removed and put back where the server takes them', async () => {
    await using ground = await Ground.start({ properties: { 'jute.maxbuffer': String(8 << 20) } })
    const data = Buffer.alloc(3_000_000, 'x')
    await ground.make('/microservices/pay/large', { data })
    const backup = join(ground.folder, 'large.ndjson')
    const removed = await ground.run(`purge pay --malformed --yes --backup ${backup}`, NOBODY)
    expect([removed.status, removed.stderr]).toEqual([0, expect.stringContaining('1 record removed')])
    const restored = await ground.run(`restore ${backup} --yes`, NOBODY)
    expect([restored.status, restored.stderr]).toEqual([0, expect.anything()])
    expect((await ground.nodeAt('/microservices/pay/large')).data.equals(data)).toBe(true)
  })

  it('are refused by name where it does not, and what could not be put back is not removed', async () => {
    await using ground = await Ground.start({})
    // Taken as a change of the data; made again with its ACL, the request would be larger than what the server takes.
    const acl = Array.from({ length: 40 }, (_, at) => ({ permissions: 31, scheme: 'ip', id: `10.0.0.${at + 1}` }))
    await ground.make('/microservices/pay/large', { data: Buffer.from('x'), acl: [...ANYONE, ...acl] })
    await ground.session.request(only(setData('/microservices/pay/large', Buffer.alloc(0xfffff - 100, 'x'))))
    const plan = await ground.run('purge pay --malformed --dry-run', NOBODY)
    expect([plan.status, plan.stderr]).toEqual([0, expect.stringContaining('larger than the server accepts')])
    const refused = await ground.run('purge pay --malformed --yes', NOBODY)
    expect(refused.stderr).toContain('could not be restored, so it is not removed')
    expect(refused.status).toBe(6)
    expect((await ground.nodeAt('/microservices/pay/large')).data).toHaveLength(0xfffff - 100)
  })
})

await describeWith('zookeeper', 'a quota that is used up', () => {
  it('is a refusal that names it and what lifts it; the others are registered', async () => {
    await using ground = await Ground.start({ properties: { 'zookeeper.enforceQuota': 'true' } })
    const limits = 'count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2'
    for (const path of ['/zookeeper/quota/microservices', '/zookeeper/quota/microservices/pay'])
      await ground.make(path, { data: Buffer.from('') })
    await ground.make('/zookeeper/quota/microservices/pay/zookeeper_limits', { data: Buffer.from(limits) })
    await ground.make('/zookeeper/quota/microservices/pay/zookeeper_stats', { data: Buffer.from('count=1,bytes=0') })
    const at = 'register pay --endpoint http://10.0.0.1:80 --persistent --id'
    expect((await ground.run(`${at} pay-1`, NOBODY)).status).toBe(0)
    const refused = await ground.run(`${at} pay-2`, NOBODY)
    expect([refused.status, refused.stderr]).toEqual([
      6,
      expect.stringMatching(/quota above .*pay.* is used up\n.*setquota/),
    ])
    expect((await ground.run('ls pay -o name', NOBODY)).stdout).toBe('pay/pay-1\n')
  })
})
