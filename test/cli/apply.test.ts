import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { selectorOptions } from '../../src/cli/args/options.ts'
import { Demo } from './demo.ts'
import { seed } from './seed.ts'
import { validated } from './validated.ts'

let demo: Demo
let plan: string
beforeEach(async () => {
  demo = await Demo.open()
  plan = join(demo.folder, 'plan.json')
})
afterEach(() => demo[Symbol.asyncDispose]())

const keys = async (): Promise<string[]> =>
  (await demo.json('check-keys --list --fail-on never')).items.map(({ key }: { key: string }) => key)
const content = async () => JSON.parse(await readFile(plan, 'utf8'))
const rewrite = async (change: (from: Awaited<ReturnType<typeof content>>) => object): Promise<void> =>
  await writeFile(plan, JSON.stringify(change(await content())))

const GO_MICRO = {
  name: 'greeter',
  version: 'latest',
  metadata: {},
  endpoints: [{ name: 'Greeter.Hello' }],
  nodes: [{ id: 'greeter-1', address: '10.0.0.51:50051' }],
}

async function writeOver(key: string): Promise<void> {
  await demo.run(['deregister', '--raw-key', key, '--yes'])
  await seed({ env: demo.env }, [{ key, value: 'otherwise malformed' }])
}

/** Nothing of the registry is removed. */
async function refused(line: string, status: number, message: string): Promise<void> {
  const before = await keys()
  const ran = await demo.run(line)
  expect(ran, ran.stderr).toMatchObject({ status, stdout: '', stderr: expect.stringContaining(message) })
  expect(await keys()).toEqual(before)
}

describe('a stored plan', () => {
  it('changes nothing when it is made, and says what it was made of', async () => {
    const before = await keys()
    expect(await demo.run('purge --malformed --plan plan.json')).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('rollcall apply -f plan.json carries it out'),
    })
    expect(await keys()).toEqual(before)
    const stored = await content()
    validated(stored)
    expect(stored).toMatchObject({ registry: `file:${demo.file}`, services: [], flags: { malformed: true } })
    for (const record of stored.records)
      expect(record).toMatchObject({
        revision: expect.any(String),
        hash: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      })
    expect((await stat(plan)).mode & 0o777).toBe(0o600)
    expect(await demo.run('purge --malformed --plan plan.json')).toMatchObject({ status: 2 })
  })

  it('removes exactly its records, once, and undo puts them back', async () => {
    const before = await keys()
    await demo.run('purge --malformed --plan plan.json')
    const planned = (await content()).records.map(({ key }: { key: string }) => key)
    expect(await demo.run('apply -f plan.json --dry-run')).toMatchObject({ status: 0 })
    expect(await demo.run('apply -f plan.json')).toMatchObject({ status: 2 })
    expect(await keys()).toEqual(before)
    const result = await demo.json('apply -f plan.json --yes')
    validated(result)
    expect(result.removed.toSorted()).toEqual(planned.toSorted())
    await refused('apply -f plan.json --yes', 7, `no longer chosen: ${planned[0]}`)
    expect((await demo.json('undo --list')).items).toMatchObject([{ command: 'apply', records: planned.length }])
    expect(await demo.run('undo --yes')).toMatchObject({ status: 0 })
    expect(await keys()).toEqual(before)
  })

  it('removes nothing where a record has changed, is new or is gone', async () => {
    await demo.run('purge --malformed --plan plan.json')
    const [{ key }] = (await content()).records
    await seed({ env: demo.env }, [{ key: '/microservices//new-one', value: '{}' }])
    await refused('apply -f plan.json --yes', 7, 'new: /microservices//new-one')
    await demo.run('deregister --raw-key /microservices//new-one --yes')
    await writeOver(key)
    await refused('apply -f plan.json --yes', 7, `changed: ${key}`)
  })

  it('removes nothing that changes while the question is on the screen', async () => {
    await demo.run('purge --malformed --plan plan.json')
    const [{ key }] = (await content()).records
    const meanwhile = async () => {
      await writeOver(key)
      return true
    }
    const before = await keys()
    const ran = await demo.run('apply -f plan.json', { terminal: true, answers: [meanwhile] })
    expect(ran).toMatchObject({ status: 7, stderr: expect.stringContaining(`changed: ${key}`) })
    expect(await keys()).toEqual(before)
  })

  it('is judged by the guards as the registry is now, which nothing in the file lifts', async () => {
    await demo.run('purge users --status up --max-percent 100 --plan plan.json')
    await refused('apply -f plan.json --yes', 6, '--max-percent')
    await rewrite((stored) => ({ ...stored, flags: { ...stored.flags, force: true } }))
    await refused('apply -f plan.json --yes', 2, 'flags.force is not a flag that a plan can have')
    await rewrite((stored) => ({ ...stored, flags: { ...stored.flags, force: undefined } }))
    expect(await demo.run('apply -f plan.json --yes --max-percent 100')).toMatchObject({ status: 0 })
  })

  it('keeps every selector in the file, and evaluates each again', async () => {
    const selectors = Object.keys(selectorOptions)
    await demo.run('purge --malformed --no-proxies --plan plan.json')
    const { flags } = await content()
    expect(Object.keys({ ...flags, olderThan: '' })).toEqual(expect.arrayContaining(selectors))
    expect(flags).toMatchObject({ noProxies: true, tag: [] })
    await rewrite((stored) => ({ ...stored, flags: { ...flags, tag: ['canary'] } }))
    await refused('apply -f plan.json --yes', 6, 'local has no tags')
  })

  it('belongs to the registry, prefix and layout it was made with', async () => {
    await demo.run('purge --malformed --plan plan.json')
    await refused('apply -f plan.json --yes --prefix /microservices', 2, 'the plan was made for')
    await refused('apply -f plan.json --yes --layout kratos', 2, 'the plan was made for')
    expect(await demo.run('apply -f plan.json --yes -r memory:')).toMatchObject({ status: 2 })
  })

  it('of a stranger removes nothing that its flags do not choose', async () => {
    await demo.run('purge --malformed --plan plan.json')
    const living = '/microservices/payments/payments-1'
    await rewrite((stored) => ({
      ...stored,
      records: [...stored.records, { ...stored.records[0], key: living, service: 'payments' }],
    }))
    await refused('apply -f plan.json --yes --force', 7, `no longer chosen: ${living}`)
    await rewrite((stored) => ({ ...stored, records: stored.records.slice(1, 2) }))
    await refused('apply -f plan.json --yes --force', 7, 'new: ')
    await rewrite((stored) => ({ ...stored, records: [{ key: 'a' }] }))
    await refused('apply -f plan.json --yes', 2, 'the service of record 1 is not a text')
    for (const text of ['', 'null', '[]', '{"kind":"PurgePlan"}', '{"kind"']) {
      await writeFile(plan, text)
      await refused('apply -f plan.json --yes', 2, 'is not a readable plan')
    }
  })

  it('never removes records of other programs, whatever rule it names', async () => {
    await seed({ env: demo.env }, [{ key: '/microservices/greeter/greeter-1', value: GO_MICRO }])
    const before = await keys()
    const ran = await demo.run('purge --rule RC1601 --plan plan.json')
    expect(ran).toMatchObject({ status: 6, stderr: expect.stringContaining('of other programs') })
    await expect(stat(plan)).rejects.toMatchObject({ code: 'ENOENT' })
    await demo.run('purge --malformed --plan plan.json')
    await rewrite((stored) => ({ ...stored, flags: { rule: ['RC1601'] } }))
    await refused('apply -f plan.json --yes --force', 6, 'of other programs')
    expect(await keys()).toEqual(before)
  })

  it('without records is carried out by doing nothing', async () => {
    expect(await demo.run('purge payments --plan plan.json')).toMatchObject({ status: 0 })
    expect(await demo.run('apply -f plan.json --yes')).toMatchObject({ status: 0 })
    expect(await demo.json('apply -f plan.json --yes')).toMatchObject({ kind: 'PurgeResult', removed: [] })
  })
})
