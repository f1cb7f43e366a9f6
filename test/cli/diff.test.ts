import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { enableAuth } from '../servers/etcd/auth.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import type { Json } from './demo.ts'
import { type RunOptions, run } from './run.ts'
import { aio, kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-diff-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options = (more: RunOptions = {}): RunOptions => ({
  cwd: folder,
  ...more,
  env: { XDG_CONFIG_HOME: folder, ...more.env },
})
const inFolder = (line: string | readonly string[], more: RunOptions = {}) => run(line, options(more))

/** The items of a difference as `removed pay/a`, `changed pay/b version v1 v2`. */
async function differences(line: string, more: RunOptions = {}): Promise<string[]> {
  const { status, stdout, stderr } = await inFolder(`diff ${line} -o json`, more)
  if (stdout === '') throw new Error(`status ${status}: ${stderr}`)
  const printed = JSON.parse(stdout)
  validated(printed)
  expect(status, stderr).toBe(printed.items.length > 0 ? 1 : 0)
  return printed.items.map(({ difference, service, id, field, from, to, instances }: Json) =>
    [difference, id === undefined ? service : `${service}/${id}`, field, from, to, instances]
      .filter((each) => each !== undefined)
      .join(' '),
  )
}

const grpc = (host: string) => [`grpc://${host}:9000`]

const line = (more: object) => JSON.stringify({ id: 'a', name: 'pay', endpoints: ['grpc://h:1'], ...more })

/** What holds whatever the first registry is; the second one is embedded. */
function suite(open: () => string) {
  const there = 'file:there.db'
  const before = () => open()
  beforeAll(async () => {
    const shared = (ttl: number) => [
      kratos('pay', 'a', { ttl, version: 'v1', endpoints: grpc('10.0.0.1') }),
      kratos('pay', 'b', { ttl, version: 'v1', endpoints: grpc('10.0.0.2') }),
      kratos('pay-b', 'x', { ttl, version: 'v1' }),
    ]
    await seed(options({ env: { ROLLCALL_REGISTRY: before() } }), [
      ...shared(3600),
      kratos('gone', 'g', { ttl: 3600 }),
      kratos('mail', 'm', { ttl: 3600, endpoints: grpc('10.0.0.3') }),
    ])
    await seed(options({ env: { ROLLCALL_REGISTRY: there } }), [
      kratos('pay', 'c', { ttl: 3600 }),
      ...shared(60),
      kratos('mail', 'm', { ttl: 3600, version: 'v2', endpoints: [...grpc('10.0.0.4'), ...grpc('10.0.0.3')] }),
      { key: '/microservices/pay/bad', value: 'junk', ttl: 3600 },
    ])
  })

  it('compares by service, instance and field, whatever leases and revisions are', async () => {
    expect(await differences(`${before()} ${there}`)).toEqual([
      'removed gone 1',
      'changed mail/m version  v2',
      'changed mail/m endpoints grpc://10.0.0.3:9000 grpc://10.0.0.3:9000,grpc://10.0.0.4:9000',
      'added pay/c',
    ])
    expect(await differences(`${there} ${before()} --only services`)).toEqual(['added gone 1'])
    expect(await differences(`${before()} ${there} --only instances`)).toEqual(['removed gone/g', 'added pay/c'])
    expect(await differences(`${before()} ${before()}`)).toEqual([])
  })

  it('takes services and selectors, and ends with 1 where they choose nothing on either side', async () => {
    expect(await differences(`${before()} ${there} pay*`)).toEqual(['added pay/c'])
    expect(await differences(`${before()} ${there} pay --version v1`)).toEqual([])
    const typo = await inFolder(`diff ${before()} ${there} pya`)
    expect(typo).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('no such instance of pya in') })
    const none = await inFolder(`diff ${before()} ${there} --version v9`)
    expect(none).toMatchObject({ status: 1, stdout: '', stderr: expect.stringContaining('no such instance in') })
  })

  it('finds an export the same as what it is of, in each format, from a file and from standard input', async () => {
    for (const format of ['ndjson', 'json', 'yaml']) {
      const { stdout } = await inFolder(`export -o ${format} -r ${before()}`)
      await writeFile(join(folder, `e.${format}`), stdout)
      expect(await differences(`e.${format} ${before()}`)).toEqual([])
      expect(await differences(`${before()} -`, { stdin: stdout })).toEqual([])
    }
    const cut = (await readFile(join(folder, 'e.ndjson'), 'utf8'))
      .split('\n')
      .filter((each) => !each.includes('"id":"b"'))
    expect(await differences(`- ${before()}`, { stdin: cut.join('\n') })).toEqual(['added pay/b'])
    const torn = await inFolder(`diff - ${before()}`, { stdin: cut.join('\n').slice(0, -20) })
    expect(torn).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('it is not a whole JSON object'),
    })
  })

  it('holds a manifest against it, on either side', async () => {
    const stdin = 'services:\n  pay: {min: 3}\n  mail:\n  lost:\n'
    expect(await differences(`- ${before()}`, { stdin })).toEqual([
      'changed pay min at least 3 2 up',
      'changed lost min at least 1 0 up',
    ])
    expect(await differences(`${before()} -`, { stdin })).toEqual([
      'changed pay min 2 up at least 3',
      'changed lost min 0 up at least 1',
    ])
    expect(await differences(`- ${there}`, { stdin: 'malformed: 0' })).toEqual(['changed  malformed at most 0 1'])
  })

  it('prints a table, and sums up on standard error', async () => {
    const ran = await inFolder(`diff ${before()} ${there} -o table`)
    expect(ran.stdout.split('\n')[0]).toMatch(/^DIFFERENCE +SERVICE +ID +FIELD +FROM +TO$/)
    expect(ran.stdout).toMatch(/^removed +gone +\(1 instance\)/m)
    expect(ran.stderr).toContain(`4 differences (1 removed, 1 added, 2 changed) from ${before()} (5 instances) to`)
    expect(ran.stderr).toContain(`${there}: 1 record could not be read; see rollcall check-keys`)
  })
}

describe('diff', () => {
  suite(() => 'file:here.db')

  it('says nothing of what one side cannot say: another layout, a file by hand', async () => {
    const renewed = Date.now()
    await seed(options({ env: { ROLLCALL_REGISTRY: 'file:aio.db' } }), [aio('pay', 'a', 'up', renewed)])
    await inFolder('register pay --id a -e http://10.0.0.2:8080 --ttl none -r file:kratos.db')
    expect(await differences('file:aio.db file:kratos.db')).toEqual([])
    const stdin = 'name: pay\nid: a\nendpoints: ["http://10.0.0.2:8080"]\n'
    expect(await differences('- file:kratos.db', { stdin })).toEqual([])
    await seed(options({ env: { ROLLCALL_REGISTRY: 'file:down.db' } }), [aio('pay', 'a', 'down', renewed)])
    expect(await differences('file:down.db file:kratos.db')).toEqual(['changed pay/a status down up'])
  })

  it('compares two manifests by their claims', async () => {
    await writeFile(join(folder, 'one.yaml'), 'services: {pay: {min: 2}, old: }\nmalformed: 0\n')
    await writeFile(join(folder, 'other.yaml'), 'services: {pay: {min: 3, versions: v1}, new: }\n')
    expect(await differences('one.yaml other.yaml')).toEqual([
      'changed  malformed at most 0',
      'added new',
      'removed old',
      'changed pay min at least 2 at least 3',
      'changed pay versions each v1',
    ])
    expect(await inFolder('diff one.yaml other.yaml --only services')).toMatchObject({ status: 2 })
  })

  it('has annotations for GitHub, at the lines of a manifest, and obeys nothing that a registry says', async () => {
    await writeFile(join(folder, 'm.yaml'), 'services:\n  pay:\n    min: 9\n')
    await inFolder('export -r file:here.db -f here.ndjson')
    const github = await inFolder('diff m.yaml here.ndjson -o github', { env: { GITHUB_WORKSPACE: folder } })
    expect(github).toMatchObject({ status: 1 })
    expect(github.stdout).toBe('::error file=m.yaml,line=3,title=pay changed::pay: min at least 9 → 2 up\n')
    const junit = await inFolder('diff m.yaml here.ndjson -o junit')
    expect(junit).toMatchObject({ status: 1, stdout: expect.stringContaining('tests="1" failures="1"') })
    expect(junit.stdout).toContain('<testcase name="pay" classname="diff"><failure type="difference"')
    const same = await inFolder('diff here.ndjson here.ndjson -o junit')
    expect(same).toMatchObject({ status: 0, stdout: expect.stringContaining('name="no differences"') })
    const evil = JSON.stringify({ id: 'x\n::error::y', name: '\u001b[2J', endpoints: ['grpc://h:1'] })
    for (const format of ['github', 'junit', 'table', 'json', 'yaml']) {
      const ran = await inFolder(`diff - file:here.db -o ${format} --only instances`, { stdin: evil })
      expect(ran.stdout).not.toMatch(/^::error::y/m)
      expect(ran.stdout + ran.stderr).not.toContain('\u001b')
    }
  })

  it('counts instances of several records once, and several of one id each', async () => {
    await writeFile(join(folder, 'twice.ndjson'), [line({ version: 'v1' }), line({ version: 'v2' })].join('\n'))
    expect(await differences('twice.ndjson -', { stdin: line({ version: 'v2' }) })).toEqual(['removed pay/a'])
    expect(await differences('twice.ndjson -', { stdin: line({ version: 'v3' }) })).toEqual([
      'changed pay/a version v1 v3',
      'removed pay/a',
    ])
  })
})

await describeWith('etcd', 'diff on etcd', () => {
  let etcd: EtcdServer
  beforeAll(async () => {
    etcd = await startEtcd()
  })
  afterAll(() => etcd[Symbol.asyncDispose]())
  suite(() => `etcd://${etcd.endpoint}`)

  it('never reports as removed what there is no permission to read, and ends with 4', async () => {
    const registry = `etcd://${etcd.endpoint}`
    await inFolder(`export -r ${registry} -f whole.ndjson`)
    await enableAuth(etcd, {
      roles: { clerk: [{ may: 'read', key: '/microservices/pay/', prefix: true }] },
      users: { clerk: { password: 'clerk-secret', roles: ['clerk'] } },
    })
    const env = { ROLLCALL_USER: 'clerk', ROLLCALL_PASSWORD: 'clerk-secret' }
    const ran = await inFolder(`diff whole.ndjson ${registry} -o json`, { env })
    expect(ran).toMatchObject({ status: 4, stderr: expect.stringContaining('the comparison is not complete') })
    expect(JSON.parse(ran.stdout).items).toEqual([])
    const reverse = await inFolder(`diff ${registry} whole.ndjson -o json`, { env })
    expect(reverse).toMatchObject({ status: 4 })
    expect(JSON.parse(reverse.stdout).items).toEqual([])
    const manifest = await inFolder(`diff - ${registry} -o json`, { env, stdin: 'services: {mail: }' })
    expect(manifest).toMatchObject({ status: 4 })
    expect(await differences(`whole.ndjson ${registry} pay --layout kratos`, { env })).toEqual([])
  })
})
