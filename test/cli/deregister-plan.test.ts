import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { closed, tcp } from '../client/purge/speakers.ts'
import { run } from './run.ts'
import { type Seed, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
const options = (more: object = {}) => ({ cwd: folder, env: { ROLLCALL_REGISTRY: `file:${folder}/r.db` }, ...more })
const left = async () => (await run('ls --all -o name', options())).stdout.split('\n').filter((line) => line !== '')
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-deregister-'))
})
afterEach(() => rm(folder, { recursive: true }))

const twelve: readonly Seed[] = Array.from({ length: 12 }, (_, at) =>
  kratos('tax', `t-${at}`, { ttl: 600, version: at < 3 ? 'v1' : 'v2', endpoints: [`grpc://10.0.0.${at}:9000`] }),
)

describe('deregister of several', () => {
  beforeEach(() => seed(options(), [...twelve, kratos('one', 'o-1', { ttl: 600 })]))

  it.each([
    'deregister tax --all --yes',
    'deregister tax --version v2 --yes',
    'deregister tax --all --keep-min 1 --max-percent 100 --yes',
    'deregister tax/t-0 tax/t-1 --keep-min 11 --yes',
    'deregister --host 10.0.0.* --yes',
  ])('goes through the guard: %s', async (line) => {
    const { status, stderr } = await run(line, options())
    expect({ status, stderr }).toEqual({ status: 6, stderr: expect.stringContaining('--force overrides this guard') })
    expect(stderr).toContain('tax: would ')
    expect(await left()).toHaveLength(13)
  })

  it('counts what standard input names, also a single one', async () => {
    const refused = await run('deregister - --yes', options({ stdin: 'one/o-1\n' }))
    expect(refused.status).toBe(6)
    expect((await run('deregister - --yes --max-percent 100', options({ stdin: 'one/o-1\n' }))).status).toBe(0)
  })

  it('takes what the guard lets go, after a backup that brings it back', async () => {
    const { status, stdout, stderr } = await run(
      'deregister tax --version v1 --yes -o json --backup b.ndjson',
      options(),
    )
    expect(status).toBe(0)
    const list = JSON.parse(stdout)
    validated(list)
    expect(list.items.map((item: { id: string }) => item.id)).toEqual(['t-0', 't-1', 't-2'])
    expect(new Set(list.items.map((item: { backup: string }) => item.backup))).toEqual(
      new Set([join(folder, 'b.ndjson')]),
    )
    expect(stderr).toContain(`backup: ${join(folder, 'b.ndjson')}\n`)
    expect(stderr).toContain('stays unregistered until it restarts')
    expect(await left()).toHaveLength(10)
    expect((await run('restore b.ndjson --yes', options())).status).toBe(0)
    expect(await left()).toHaveLength(13)
  })

  it('does not count one exact instance, and asks nothing, but backs it up', async () => {
    const ran = await run('deregister one/o-1 --backup one.ndjson', options({ terminal: 120 }))
    expect(ran).toMatchObject({ status: 0, asked: [] })
    expect((await readFile(join(folder, 'one.ndjson'), 'utf8')).match(/^\{"id"/gm)).toHaveLength(1)
    // One each of several services is asked about, and not counted.
    const two = await run('deregister one/o-1 tax/t-0 --ignore-not-found --yes', options())
    expect(two.status).toBe(0)
  })

  it('removes nothing where the backup cannot be written', async () => {
    for (const line of ['deregister tax/t-0 --backup /proc/none/b', 'deregister tax --version v1 --yes --backup r.db'])
      expect(await run(line, options())).toMatchObject({
        status: 2,
        stderr: expect.stringContaining('nothing was removed'),
      })
    expect(await left()).toHaveLength(13)
  })

  it.each([
    ['deregister tax/t-0 --version v1 --yes', 2],
    ['deregister - --version v1 --yes', 2],
    ['deregister --id t-0 --version v1 --yes', 2],
    ['deregister --raw-key /microservices/tax/t-0 --version v1 --yes', 2],
    ['deregister tax --version v9 --yes', 1],
    ['deregister nowhere --version v1 --yes', 1],
    ['deregister --version v9 --yes', 1],
    ['deregister tax --version v9 --ignore-not-found --yes', 0],
    ['deregister tax --version v1', 2],
    ['deregister tax --version v1 --max-percent 101 --yes', 2],
  ])('%s: status %i, and nothing is removed', async (line, status) => {
    expect((await run(line, options())).status).toBe(status)
    expect(await left()).toHaveLength(13)
  })
})

describe('deregister --raw-key', () => {
  it('leaves records of other programs alone unless forced, and those of other systems always', async () => {
    const other = '/microservices/greeter/greeter-8f1'
    const system = '/registry/services/pay/p-1'
    await seed(options(), [
      {
        key: other,
        value: { name: 'greeter', version: 'latest', endpoints: [], nodes: [{ id: 'n', address: 'h:1' }] },
      },
      { key: system, value: '{"kind":"Service"}' },
      { key: '/microservices//host-1', value: { id: 'host-1', name: '' } },
    ])
    const refused = await run(`deregister --raw-key ${other} --yes`, options())
    expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('--force') })
    for (const force of ['', '--force'])
      expect(await run(`deregister --raw-key ${system} --prefix /registry --yes ${force}`, options())).toMatchObject({
        status: 6,
        stderr: expect.stringContaining('Kubernetes'),
      })
    expect((await run('deregister --raw-key /microservices//host-1 --yes', options())).status).toBe(0)
    expect((await run(`deregister --raw-key ${other} --yes --force`, options())).status).toBe(0)
  })
})

describe('purge --unreachable', () => {
  it('asks the endpoints again after the answer, and keeps who has started meanwhile', async () => {
    await using alive = await tcp()
    const [first, second] = [await closed(), await closed()]
    await seed(options(), [
      kratos('pay', 'well', { ttl: 600, endpoints: [`tcp://${alive.address}`] }),
      kratos('pay', 'dead', { ttl: 600, endpoints: [`tcp://${first}`] }),
      kratos('pay', 'late', { ttl: 600, endpoints: [`tcp://${second}`] }),
      kratos('pay', 'more', { ttl: 600, endpoints: [`tcp://${alive.address}`] }),
    ])
    const servers: AsyncDisposable[] = []
    const answer = async () => {
      servers.push(await tcp(Number(second.split(':')[1])))
      return true
    }
    const ran = await run('purge pay --unreachable -o json', options({ terminal: 160, answers: [answer] }))
    for (const server of servers) await server[Symbol.asyncDispose]()
    expect(JSON.parse(ran.stdout)).toMatchObject({
      removed: ['/microservices/pay/dead'],
      changed: ['/microservices/pay/late'],
    })
    expect(ran.status).toBe(5)
    expect(await left()).toEqual(['pay/late', 'pay/more', 'pay/well'])
  })
})
