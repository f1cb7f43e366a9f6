import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo, type Json } from './demo.ts'
import { validated } from './validated.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
  for (const name of ['one', 'two']) await context(name, `file:${join(demo.folder, `${name}.db`)}`)
  await context('gone', 'etcd://127.0.0.1:1')
  await register('one', 'pay', 'b')
  await register('two', 'pay', 'a')
  await register('two', 'sre', 'x')
})
afterEach(() => demo[Symbol.asyncDispose]())

/** The first three cells of each row. */
const rows = (text: string) => text.split('\n').map((row) => row.split(/ +/).slice(0, 3).join(' '))

const NO_REGISTRY = { env: { ROLLCALL_REGISTRY: undefined as never } }
const run = (line: string, env: Record<string, string | undefined> = {}) =>
  demo.run(line, { env: { ...NO_REGISTRY.env, ...env } })
const json = async (line: string): Promise<Json> => {
  const printed = JSON.parse((await run(`${line} -o json`)).stdout)
  validated(printed)
  return printed
}

async function context(name: string, url: string, more = ''): Promise<void> {
  expect(await demo.run(`context add ${name} -r ${url} ${more}`)).toMatchObject({ status: 0 })
}

async function register(name: string, service: string, id: string, host = '10.0.0.1', more = ''): Promise<void> {
  const line = `register ${service} --id ${id} --version v1 -e grpc://${host}:9000 --ttl 1h -c ${name} ${more}`
  expect(await run(line)).toMatchObject({ status: 0 })
}

describe('ls over several registries', () => {
  it('lists services and instances of all, with the registry first, in the order of service, id, registry', async () => {
    await register('one', 'pay', 'a')
    expect((await run('ls -c one,two')).stdout).toBe(
      [
        'REGISTRY  SERVICE  INSTANCES  UP  VERSIONS',
        'one       pay              2   2  v1',
        'two       pay              1   1  v1',
        'two       sre              1   1  v1',
        '',
      ].join('\n'),
    )
    const listed = ['REGISTRY SERVICE ID', 'one pay a', 'two pay a', 'one pay b', 'two sre x', '']
    expect(rows((await run('ls --all -c one,two')).stdout)).toEqual(listed)
    expect(rows((await run('ls pay sre', { ROLLCALL_CONTEXT: 'one,two' })).stdout)).toEqual(listed)
    expect(rows((await run('ls --all -c two,one')).stdout).slice(1, 3)).toEqual(['two pay a', 'one pay a'])
    expect((await run('ls --hosts -c one,two')).stdout).toMatch(/^two +10\.0\.0\.1 +2 +2 +pay,sre$/m)
  })

  it('counts instances of one service and version on the host of each', async () => {
    await register('two', 'web', 'a', '10.0.0.1', '--meta zone=a')
    await register('two', 'web', 'b', '10.0.0.2', '--meta zone=a')
    await register('two', 'web', 'c', '10.0.0.2', '--meta zone=a')
    const { items } = await json('ls web --hosts -c one,two')
    expect(items.map(({ registry, host, instances }: Json) => [registry, host, instances])).toEqual([
      ['two', '10.0.0.1', 1],
      ['two', '10.0.0.2', 2],
    ])
  })

  it('has a field for the registry in JSON', async () => {
    const { items, errors } = await json('ls pay -c one,two')
    expect(items.map(({ registry, id }: Json) => [registry, id])).toEqual([
      ['two', 'a'],
      ['one', 'b'],
    ])
    expect(errors).toBeUndefined()
    expect((await json('ls -c one,two')).items).toMatchObject([
      { registry: 'one' },
      { registry: 'two' },
      { registry: 'two' },
    ])
    const lines = (await run('ls --all -c one,two -o ndjson')).stdout.trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).registry)).toEqual(['two', 'one', 'two'])
    expect((await run('ls --all -c one,two -o csv')).stdout).toMatch(/^registry,service,id,/)
  })

  it('finds a service that one of them has, and says so where none has it', async () => {
    expect(await run('ls sre -c one,two')).toMatchObject({ status: 0 })
    expect(await run('ls nowhere -c one,two')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('nowhere in one, two'),
    })
    expect(await run('ls pay nowhere -c one,two')).toMatchObject({ status: 1, stdout: expect.stringContaining('pay') })
  })

  it('5 where one is down: the others are listed, and it is the last row and an error in JSON', async () => {
    const { status, stdout, stderr } = await run('ls --all -c gone,one')
    expect(status).toBe(5)
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(/^gone {2}error: etcd: 127\.0\.0\.1:1: connection refused$/)
    expect(stdout).toMatch(/^one +pay +b /m)
    expect(stderr).toContain('1 of 2 registries could not be read')
    const { items, errors } = await json('ls -c gone,one')
    expect(items).toMatchObject([{ registry: 'one', name: 'pay' }])
    expect(errors).toEqual([{ registry: 'gone', code: 'unreachable', message: expect.stringContaining('127.0.0.1:1') }])
    expect(await run('ls nowhere -c gone,one')).toMatchObject({ status: 5 })
  })

  it('3 where all are down', async () => {
    await context('away', 'etcd://127.0.0.1:2')
    expect(await run('ls -c gone,away')).toMatchObject({ status: 3, stdout: expect.stringContaining('gone  error') })
  })
})

describe('other commands over several registries', () => {
  it('stats counts each', async () => {
    expect((await run('stats -c one,two')).stdout).toMatch(
      /^REGISTRY +SERVICE +INSTANCES.*\none +pay +1.*\ntwo +pay +1.*\ntwo +sre +1/,
    )
    expect((await json('stats -c one,two')).items).toMatchObject([
      { registry: 'one', services: 1, instances: 1 },
      { registry: 'two', services: 2, instances: 2 },
    ])
    const { items, errors } = await json('stats -c gone,two')
    expect([items.length, errors.length]).toEqual([1, 1])
    expect(await run('stats -c gone,two')).toMatchObject({ status: 5 })
  })

  it('check-keys reports the findings of each', async () => {
    await writeFile(join(demo.folder, 'config.yaml'), '', { flag: 'a' })
    await context('demo', `file:${demo.file}`)
    const alone = await json('check-keys -c demo')
    const { items } = await json('check-keys -c one,demo')
    const ofDemo = items.filter(({ registry }: Json) => registry === 'demo')
    expect(ofDemo.map(({ rule, key }: Json) => `${rule} ${key}`).toSorted()).toEqual(
      alone.items.map(({ rule, key }: Json) => `${rule} ${key}`).toSorted(),
    )
    expect(await run('check-keys -c one,demo')).toMatchObject({ status: 1 })
    expect(await run('check-keys -c one,demo --fail-on never')).toMatchObject({ status: 0 })
    expect(await run('check-keys -c one,two')).toMatchObject({ status: 0 })
    expect(await run('check-keys -c demo,gone --fail-on never')).toMatchObject({ status: 5 })
    expect(
      (await json('check-keys --list -c one,two')).items.map(({ registry, key }: Json) => [registry, key]),
    ).toEqual([
      ['one', '/microservices/pay/b'],
      ['two', '/microservices/pay/a'],
      ['two', '/microservices/sre/x'],
    ])
    expect(await run('check-keys nowhere -c one,two')).toMatchObject({ status: 1 })
    expect(await run('check-keys -c one,two --baseline b.yaml')).toMatchObject({ status: 2 })
    expect(await run('check-keys -c one,two -o sarif')).toMatchObject({ status: 2 })
  })

  it('check-keys says how many keys of each belong to other programs', async () => {
    await demo.run(['context', 'add', 'three', '-r', `file:${join(demo.folder, 'three.db')}`, '--prefix', ''])
    const [key, value] = ['/kv/app/config', 'hello'].map((text) => Buffer.from(text).toString('base64'))
    const record = { id: '/kv/app/config', service: 'app', key, value, ttl: null }
    await writeFile(join(demo.folder, 'foreign.ndjson'), JSON.stringify(record))
    expect(await run('restore foreign.ndjson --yes -c three')).toMatchObject({ status: 0 })
    const { stderr } = await run('check-keys -c one,three')
    expect(stderr).toMatch(/^three: 1 key of other programs; --layout kratos checks them as Kratos records$/m)
    expect(stderr).not.toContain('one: ')
  })

  it('verify counts over all of them together', async () => {
    const hold = async (manifest: string) => {
      await writeFile(join(demo.folder, 'manifest.yaml'), manifest)
      return await run('verify -f manifest.yaml -c one,two')
    }
    expect(await hold('services: {pay: {min: 2, max: 2}}')).toMatchObject({ status: 0 })
    expect(await hold('services: {pay: {min: 3}}')).toMatchObject({ status: 1 })
    expect(await run('verify -f manifest.yaml -c one,gone')).toMatchObject({ status: 5 })
    expect((await json('verify -f manifest.yaml -c one,gone')).errors).toMatchObject([{ registry: 'gone' }])
    expect(await run('verify -f manifest.yaml -c one,gone --wait 300ms')).toMatchObject({ status: 3 })
    expect(await run('verify --init -c one,two')).toMatchObject({ status: 2 })
  })

  it('watch shows the events of each as they come', async () => {
    const watching = demo.start('watch -c one,two,gone -o ndjson --no-snapshot', NO_REGISTRY)
    const events = () =>
      watching.stdout
        .text()
        .split('\n')
        .filter(Boolean)
        .map((line): Json => JSON.parse(line))
    const seen = () => events().map(({ registry, type, instance }) => [registry, type, instance?.id])
    await expect
      .poll(() => seen().toSorted(([a], [b]) => (a < b ? -1 : 1)))
      .toEqual([
        ['gone', 'error', undefined],
        ['one', 'synced', undefined],
        ['two', 'synced', undefined],
      ])
    await register('one', 'pay', 'new-1')
    await expect.poll(seen).toContainEqual(['one', 'added', 'new-1'])
    await register('two', 'pay', 'new-2')
    await expect.poll(seen).toContainEqual(['two', 'added', 'new-2'])
    for (const event of events()) validated({ apiVersion: 'rollcall/v1', kind: 'Event', ...event })
  })

  it('watch ends after --limit events: 0, or 5 where one is down', async () => {
    expect(await run('watch -c one,two --limit 2')).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^(one|two) {2}= snapshot/),
    })
    expect(await run('watch -c one,two --since 1')).toMatchObject({ status: 2 })
    expect(await run('watch -c one,two -- true')).toMatchObject({ status: 2 })
    expect(await run('watch -c one,two --journal j.db')).toMatchObject({ status: 2 })
    expect(await run('watch -c one,two --keep 1d')).toMatchObject({ status: 2 })
    expect(await run('watch -c one,two --timeout 300ms')).toMatchObject({ status: 124 })
    expect(await run('watch -c gone,gone2')).toMatchObject({ status: 2 })
  })
})

describe('several registries', () => {
  const SEVERAL = ['ls', 'stats', 'watch', 'check-keys', 'verify']

  it('are taken by these commands alone', async () => {
    const taking = await Promise.all(commands.map(async (entry) => ((await entry.load()).several ? [entry.name] : [])))
    expect(taking.flat().toSorted()).toEqual(SEVERAL.toSorted())
  })

  it.each([
    'get pay/a',
    'register pay --id c -e grpc://10.0.0.1:1',
    'deregister pay/a',
    'offline pay/a',
    'drain 10.0.0.1 --yes',
    'renew pay/a',
    'wait pay --timeout 0s',
    'pick pay',
    'health pay',
    'export',
    'import new.json',
    'purge --yes',
    'undo --yes',
    'monitor',
    'serve --insecure-no-auth',
    'doctor',
    'config',
  ])('are refused by %s, before anything is done', async (line) => {
    await writeFile(join(demo.folder, 'new.json'), '{"name":"n","id":"n-1","endpoints":["grpc://10.0.0.1:9000"]}')
    const before = (await run('ls --all -c one,two')).stdout.replace(/ \S+$/gm, '')
    expect(await run(`${line} -c one,two`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('"one,two" names several registries, and this command takes one'),
    })
    expect((await run('ls --all -c one,two')).stdout.replace(/ \S+$/gm, '')).toBe(before)
  })

  it.each([
    ['ls -c one,', 2, 'has an empty name'],
    ['ls -c one,one', 2, 'names one twice'],
    ['ls -c one,nowhere', 2, 'there is no context "nowhere"'],
    ['ls -c one,two --user root', 2, '--user does not say for which of several registries it is'],
    ['ls -c one,two --prefix /x', 2, '--prefix does not say'],
    ['ls -c one,two --token-file t', 2, '--token-file does not say'],
    ['ls -c one,two -w', 2, '--watch is for one registry'],
    ['ls -c one,two --columns nix', 2, 'no column "nix"'],
    ['ls -c one,two --sort-by nix', 2, 'no column "nix"'],
    ['context add a,b -r memory:', 2, 'cannot be the name of a context'],
    ['context ls', 0, ''],
  ])('%s: %i', async (line, status, said) => {
    expect(await run(line)).toMatchObject({ status, stderr: expect.stringContaining(said) })
  })

  it('a command that asks no registry goes on with a variable that names several', async () => {
    expect(await run('context ls', { ROLLCALL_CONTEXT: 'one,two' })).toMatchObject({ status: 0 })
    expect(await run('ls', { ROLLCALL_CONTEXT: 'one,two', ROLLCALL_REGISTRY: `file:${demo.file}` })).toMatchObject({
      stdout: expect.stringMatching(/^SERVICE/),
    })
  })

  it('sorts, limits and queries rows of all', async () => {
    const ids = async (line: string) => (await run(line)).stdout.trim().split('\n')
    expect(await ids('ls --all -c one,two --columns registry,id --no-headers --sort-by -id')).toEqual([
      'two  x',
      'one  b',
      'two  a',
    ])
    expect(await ids('ls --all -c one,two --columns registry,id --no-headers --limit 1')).toEqual(['two  a'])
    expect((await run('ls --all -c one,two --query items[].registry')).stdout).toMatch(/two[^]*one[^]*two/)
  })

  it('notes one whose file is lost between two of them', async () => {
    await rm(join(demo.folder, 'two.db'))
    expect(await run('ls --all -c one,two')).toMatchObject({
      status: 5,
      stdout: expect.stringMatching(/^one +pay +b /m),
    })
  })
})

await describeWith('etcd', 'several registries, with servers', () => {
  it('one view over a file and an etcd', async () => {
    await using etcd = await startEtcd()
    await context('prod-etcd', `etcd://${etcd.endpoint}`)
    await register('prod-etcd', 'pay', 'c')
    const { items } = await json('ls --all -c one,prod-etcd')
    expect(items.map(({ registry, id }: Json) => [registry, id])).toEqual([
      ['one', 'b'],
      ['prod-etcd', 'c'],
    ])
  })

  it('gives the login of one to no other', async () => {
    await using open = await startEtcd()
    await using closed = await startEtcd({ auth: {} })
    await writeFile(join(demo.folder, 'password'), 'root')
    await context('closed', `etcd://${closed.endpoint}`, `--user root --password-file ${join(demo.folder, 'password')}`)
    await context('open', `etcd://${open.endpoint}`)
    expect(await run('ls -c closed,open')).toMatchObject({ status: 0 })
    await context('nobody', `etcd://${closed.endpoint}`)
    const env = { ROLLCALL_USER: 'root', ROLLCALL_PASSWORD: 'root', ETCDCTL_USER: 'root:root' }
    const { status, stderr } = await run('ls -c nobody,open', env)
    expect(status).toBe(5)
    expect(stderr).toContain('ROLLCALL_PASSWORD is not used: it does not say for which of several registries it is')
  })
})
