import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { Demo, type Json } from './demo.ts'
import { validated } from './validated.ts'

const TARGET = '-r file:copy.db'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

interface Line {
  readonly [field: string]: unknown
}

const instance = (name: string, id: string, more: Line = {}): Line => ({
  id,
  name,
  version: 'v1',
  metadata: { zone: 'a' },
  endpoints: [`grpc://10.0.0.1:${9000 + Number(id.split('-').at(-1))}`],
  status: 'up',
  ...more,
})

async function file(name: string, lines: readonly Line[]): Promise<void> {
  await writeFile(join(demo.folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
}

const pays = [1, 2, 3, 4].map((at) => instance('pay', `pay-${at}`))

/** The records of a registry with their revisions: equal where nothing was written. */
async function records(target: string): Promise<string[]> {
  const { items } = await demo.json(`ls --all --columns key ${target}`)
  const found: string[] = []
  for (const { name, id } of items) {
    const { records: raw } = await demo.json(`get ${name}/${id} --raw ${target}`)
    for (const { key, revision, value } of raw) found.push(`${key} ${revision} ${value}`)
  }
  return found
}

const itemsOf = async (target: string) => (await demo.json(`ls --all ${target}`)).items
const carried = ({ id, name, version, metadata, endpoints }: Json) => ({ id, name, version, metadata, endpoints })
const idsOf = async (target: string) => (await itemsOf(target)).map(({ id }: Json) => id)

describe('import', () => {
  it('registers what is not there, without a lease, and a second run changes nothing and says so', async () => {
    await file('pay.ndjson', pays)
    const first = await demo.json(`import pay.ndjson ${TARGET}`)
    validated(first)
    expect(first.items.map(({ result }: Json) => result)).toEqual(['created', 'created', 'created', 'created'])
    expect((await itemsOf(TARGET)).map(carried)).toEqual(pays.map(carried))
    expect((await itemsOf(TARGET)).map(({ lease }: Json) => lease)).toEqual(pays.map(() => undefined))
    const before = await records(TARGET)
    const again = await demo.run(`import pay.ndjson ${TARGET}`)
    expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change: 4 ') })
    expect(await records(TARGET)).toEqual(before)
  })

  it.each(['ndjson', 'json', 'yaml'])('reads what export writes as %s, also from standard input', async (format) => {
    const { stdout } = await demo.run(`export payments -o ${format}`)
    expect(await demo.run(`import - ${TARGET}`, { stdin: stdout })).toMatchObject({ status: 0 })
    expect((await itemsOf(TARGET)).map(carried)).toEqual((await demo.json('ls payments')).items.map(carried))
  })

  it('says what it would do in a dry run, and does not even create the registry', async () => {
    await file('pay.ndjson', pays)
    const { items } = await demo.json(`import pay.ndjson --dry-run ${TARGET}`)
    expect(items.map(({ result, keys }: Json) => [result, keys])).toEqual(
      pays.map(({ id }) => ['planned', [`/microservices/pay/${String(id)}`]]),
    )
    expect(await demo.run(`ls ${TARGET}`)).toMatchObject({ status: 3 })
  })

  it('leaves another instance with that id, unless it is to be replaced', async () => {
    await file('pay.ndjson', pays)
    await demo.run(`import pay.ndjson ${TARGET}`)
    await file('new.ndjson', [instance('pay', 'pay-1', { version: 'v2' }), instance('pay', 'pay-5')])
    const refused = await demo.run(`import new.ndjson ${TARGET}`)
    expect(refused).toMatchObject({ status: 5, stdout: expect.stringContaining('with different data (version)') })
    expect(refused.stderr).toContain('--replace')
    expect((await itemsOf(TARGET))[0]).toMatchObject({ version: 'v1' })
    expect(await demo.run(`import new.ndjson --replace ${TARGET}`)).toMatchObject({ status: 0 })
    expect((await itemsOf(TARGET))[0]).toMatchObject({ version: 'v2' })
    expect(await idsOf(TARGET)).toHaveLength(5)
  })

  it.each([
    ['a torn line', `${JSON.stringify(pays[0])}\n${JSON.stringify(pays[1]).slice(0, 40)}`, 'line 2, column 41'],
    [
      'a wrong field',
      `${JSON.stringify(pays[0])}\n${JSON.stringify({ ...pays[1], endpoints: 1 })}\n`,
      'line 2: endpoints',
    ],
    ['torn YAML', 'items:\n  - name: pay\n    endpoints: [\n', 'line 4, column 1'],
  ])('changes nothing for %s, and names where it is', async (_, text, where) => {
    await writeFile(join(demo.folder, 'bad'), text)
    expect(await demo.run(`import bad ${TARGET}`)).toMatchObject({ status: 2, stderr: expect.stringContaining(where) })
    expect(await demo.run(`ls ${TARGET}`)).toMatchObject({ status: 3 })
  })

  it.each([
    ['', 6, 'has no instances'],
    ['[]', 6, 'has no instances'],
    ['services: {pay: {min: 1}}', 2, 'is a manifest'],
  ])('refuses %j', async (text, status, message) => {
    await writeFile(join(demo.folder, 'odd'), text)
    const ran = await demo.run(`import odd --prune --yes`)
    expect(ran).toMatchObject({ status, stderr: expect.stringContaining(message) })
  })

  it('names the fields that the registry has no place for', async () => {
    await file('odd.ndjson', [
      instance('pay', 'pay-1', { status: 'maintenance', tags: ['canary'], weight: 7, env: 'dev' }),
      instance('pay', 'pay-2', { status: 'expired' }),
    ])
    const { stdout, stderr } = await demo.run(`import odd.ndjson ${TARGET}`)
    expect(stdout).toContain('without tags, status')
    expect(stderr).toContain('the status of 2 instances, pay/pay-1 first, is not written: it will be up')
    expect(stderr).toContain('the tags of pay/pay-1 cannot be stored here')
    expect((await itemsOf(TARGET))[0]).toMatchObject({ weight: 7, env: 'dev' })
    expect(await demo.run(`import odd.ndjson ${TARGET}`)).toMatchObject({ status: 0, stdout: '' })
  })

  it('writes a status where the layout holds one, and names what no layout could', async () => {
    const one = { version: '', metadata: {}, endpoints: ['http://10.0.0.1:80'] }
    await file('aio.ndjson', [
      instance('mail', 'mail-1', { ...one, status: 'maintenance' }),
      instance('mail', 'mail-2', { ...one, endpoints: ['http://10.0.0.1:80', 'grpc://10.0.0.1:81'] }),
    ])
    const ran = await demo.run(`import aio.ndjson --layout aio ${TARGET}`)
    expect(ran).toMatchObject({ status: 5, stdout: expect.stringContaining('holds exactly one endpoint') })
    expect(await itemsOf(TARGET)).toMatchObject([{ id: 'mail-1', status: 'maintenance', layout: 'aio' }])
    expect(await demo.run(`import aio.ndjson --layout aio ${TARGET}`)).toMatchObject({ status: 5 })
  })

  it('follows the layout of a folder, and knows its own again there', async () => {
    await demo.run(`register pay --id 10.0.0.9:1 -e 10.0.0.9:1 --layout plain --prefix /p --ttl none ${TARGET}`)
    const bare = instance('pay', 'pay-1', { version: '', metadata: {}, endpoints: ['10.0.0.1:9000'] })
    await file('bare.ndjson', [bare])
    const options = `--prefix /p ${TARGET}`
    const plain = await demo.run(`import bare.ndjson --layout plain ${options}`)
    expect(plain.stderr).toMatch(/^$|the id of pay\/pay-1/m)
    expect(await demo.run(`import bare.ndjson --layout plain ${options}`)).toMatchObject({ status: 0, stdout: '' })
    await file('kratos.ndjson', pays.slice(1, 2))
    const refused = await demo.run(`import kratos.ndjson ${options}`)
    expect(refused).toMatchObject({ status: 7, stdout: expect.stringContaining('holds bare addresses') })
  })

  it('keeps leases alive until it is stopped', async () => {
    await file('pay.ndjson', pays)
    const stop = new AbortController()
    const running = demo.start(`import pay.ndjson --keep-alive --leave --ttl 30s ${TARGET}`, { signal: stop.signal })
    await expect.poll(() => running.stderr.text()).toContain('kept alive')
    expect((await itemsOf(TARGET)).every(({ lease }: Json) => lease !== undefined)).toBe(true)
    stop.abort(new Error('stopped'))
    await running.ended
    expect(await idsOf(TARGET)).toHaveLength(4)
  })
})

describe('import --prune', () => {
  beforeEach(async () => {
    await file('all.ndjson', [...pays, instance('other', 'other-1')])
    await demo.run(`import all.ndjson ${TARGET}`)
    await demo.run(`register pay --id bad-1 -e http://10.0.0.1:1 --layout aio ${TARGET}`)
    await file('three.ndjson', [...pays.slice(0, 3), instance('pay', 'pay-9')])
  })

  it('removes what the file has not of its services, in the layout that it writes, and undo puts it back', async () => {
    const removed = await demo.json(`import three.ndjson --prune --yes ${TARGET}`)
    validated(removed)
    expect(removed.items.map(({ action, id, result }: Json) => [action, id, result])).toEqual([
      ['register', 'pay-9', 'created'],
      ['deregister', 'pay-4', 'done'],
    ])
    expect((await idsOf(TARGET)).toSorted()).toEqual(['bad-1', 'other-1', 'pay-1', 'pay-2', 'pay-3', 'pay-9'])
    const again = await demo.run(`import three.ndjson --prune --yes ${TARGET}`)
    expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change') })
    expect(await demo.run(`undo --yes ${TARGET}`)).toMatchObject({ status: 0 })
    expect(await idsOf(TARGET)).toContain('pay-4')
    expect((await demo.json(`undo --list ${TARGET}`)).items[0]).toMatchObject({ command: 'import', takenBack: 'yes' })
  })

  it('changes nothing without an answer, at a no, or in a dry run', async () => {
    const before = await records(TARGET)
    expect(await demo.run(`import three.ndjson --prune ${TARGET}`)).toMatchObject({ status: 2 })
    const no = await demo.run(`import three.ndjson --prune ${TARGET}`, { terminal: true, answers: [false] })
    expect(no.status).toBe(1)
    expect(no.asked[0]).toContain('Register 4 instances of three.ndjson, and remove 1 record?')
    const dry = await demo.run(`import three.ndjson --prune --dry-run ${TARGET}`)
    expect(dry).toMatchObject({ status: 0, stdout: expect.stringContaining('not in three.ndjson') })
    expect(await records(TARGET)).toEqual(before)
  })

  it('is held by the guards, and by what a context protects', async () => {
    await file('one.ndjson', [pays[0] ?? {}])
    const before = await records(TARGET)
    const refused = await demo.run(`import one.ndjson --prune --yes ${TARGET}`)
    expect(refused).toMatchObject({ status: 6, stderr: expect.stringContaining('--max-percent') })
    await writeFile(
      join(demo.folder, 'rollcall.yaml'),
      `registry: file:${join(demo.folder, 'copy.db')}\nprotected:\n  - service: pay\n`,
    )
    const shielded = await demo.run('import three.ndjson --prune --yes', { env: { ROLLCALL_REGISTRY: undefined } })
    expect(shielded, shielded.stderr).toMatchObject({ status: 6 })
    expect(await records(TARGET)).toEqual(before)
  })

  it('keeps what the file has and cannot be written, and removes nothing then', async () => {
    await file('odd.ndjson', [...pays.slice(0, 2), instance('pay', 'pay-4', { endpoints: ['grpc://0.0.0.0:1'] })])
    const before = await idsOf(TARGET)
    const ran = await demo.run(`import odd.ndjson --prune --yes ${TARGET}`)
    expect(ran).toMatchObject({ stdout: expect.stringContaining('0.0.0.0') })
    expect(ran.stderr).toContain('nothing is removed, because not every instance could be registered')
    expect(ran.status).not.toBe(0)
    expect(await idsOf(TARGET)).toEqual(before)
    expect(before).toContain('pay-3')
    const dry = await demo.run(`import odd.ndjson --prune --dry-run ${TARGET}`)
    expect(dry).toMatchObject({ status: ran.status, stdout: expect.not.stringContaining('pay-3') })
    expect(dry.stderr).toContain('nothing is removed, because not every instance could be registered')
    expect(dry.stderr).not.toContain('to remove')
  })
})

await describeWith('etcd', 'import on etcd', () => {
  it('registers thousands in several services, once', async () => {
    await using etcd = await startEtcd()
    const target = `-r etcd://${etcd.endpoint}`
    const many = Array.from({ length: 2_500 }, (_, at) => instance(`s-${at % 7}`, `i-${at}`))
    await file('many.ndjson', many)
    expect(await demo.run(`import many.ndjson -q ${target}`)).toMatchObject({ status: 0 })
    const there = await itemsOf(target)
    expect(there).toHaveLength(2_500)
    const revision = (await demo.json(`ls ${target}`)).revision
    const again = await demo.run(`import many.ndjson ${target}`)
    expect(again).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change: 2,500') })
    expect((await demo.json(`ls ${target}`)).revision).toBe(revision)
  })
})
