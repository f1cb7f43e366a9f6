import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fileSide } from '../../../src/cli/sides/file-side.ts'
import type { InstanceSide } from '../../../src/cli/sides/side.ts'
import type { Listing } from '../../../src/cli/select/listing.ts'
import type { InstanceEntry } from '../../../src/model/reading.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-side-'))
})
afterAll(() => rm(folder, { recursive: true }))

const all: Listing = {
  services: [],
  scope: {},
  inScope: () => true,
  selects: () => true,
  choosesAll: true,
  versions: [],
  needsTags: false,
}

const signal = new AbortController().signal
const open = (word: string, stdin = '') =>
  fileSide(
    { io: { cwd: folder, stdin: { isTerminal: false, text: () => Promise.resolve(stdin) } } as never, signal },
    word,
  )

async function entriesOf(side: InstanceSide, listing: Listing = all): Promise<InstanceEntry[]> {
  const entries: InstanceEntry[] = []
  for await (const batch of side.read(listing).batches()) entries.push(...batch)
  return entries
}

async function opened(text: string): Promise<InstanceSide> {
  const side = await open('-', text)
  if (side.is !== 'file') throw new Error(`it is a ${side.is}`)
  return side
}

const line = (name: string, id: string, more = {}) =>
  JSON.stringify({ id, name, version: 'v1', metadata: { zone: 'a' }, endpoints: ['grpc://10.0.0.1:9000'], ...more })
const idsOf = (entries: readonly InstanceEntry[]) => entries.map(({ service, instance }) => `${service}/${instance.id}`)

describe('an export as a side', () => {
  it('has what the file says, and leaves out what belongs to the registry it is from', async () => {
    const more = {
      status: 'down',
      weight: 50,
      env: 'prod',
      tags: ['b'],
      lease: '1f',
      layout: 'kratos',
      keys: ['/m/a/1'],
    }
    const [entry] = await entriesOf(await opened(line('a', '1', more)))
    expect(entry).toEqual({
      is: 'instance',
      service: 'a',
      instance: { id: '1', name: 'a', version: 'v1', metadata: { zone: 'a' }, endpoints: ['grpc://10.0.0.1:9000'] },
      observed: { status: 'down', weight: 50, env: 'prod', tags: ['b'], layout: 'kratos' },
      records: [],
    })
  })

  it.each([
    ['ndjson', `${line('a', '1')}\n\n${line('b', '2')}\n`],
    ['a JSON list', `[${line('a', '1')},\n${line('b', '2')}]`],
    [
      'a list of ls -o json',
      `{"kind":"InstanceList","items":[\n${line('a', '1')},\n${line('b', '2')}\n],"malformed":0}`,
    ],
    ['the same on one line', `{"items":[${line('a', '1')},${line('b', '2')}]}`],
    [
      'yaml',
      'items:\n- {name: b, id: "2", endpoints: ["grpc://h:1"]}\n- {name: a, id: "1", endpoints: ["grpc://h:1"]}\n',
    ],
    ['services in another order', `${line('b', '2')}\n${line('a', '1')}\n`],
  ])('is read from %s, in the order of services, as often as asked', async (_, text) => {
    const side = await opened(text)
    expect(idsOf(await entriesOf(side))).toEqual(['a/1', 'b/2'])
    expect(idsOf(await entriesOf(side))).toEqual(['a/1', 'b/2'])
  })

  it('is empty for an empty file', async () => {
    const scan = (await opened('')).read(all)
    for await (const batch of scan.batches()) expect(batch).toEqual([])
    expect(scan.facts).toEqual({ instances: 0, malformed: 0, foreign: 0 })
  })

  it('is narrowed by a listing, and counts what was chosen', async () => {
    const side = await opened(['1', '2', '3'].map((id) => line('a', id)).join('\n'))
    const scan = side.read({ ...all, selects: ({ instance }) => instance.id !== '2' })
    for await (const batch of scan.batches()) expect(idsOf(batch)).toEqual(['a/1', 'a/3'])
    expect(scan.facts.instances).toBe(2)
  })

  it('gives the id that register would', async () => {
    const [entry] = await entriesOf(await opened('{"name":"a","endpoints":["grpc://10.0.0.1:9000"]}'))
    expect(entry?.instance.id).toMatch(/^a-[0-9a-f]{16}$/)
  })

  it('reads a file in its folder', async () => {
    await writeFile(join(folder, 'e.ndjson'), `${line('a', '1')}\n`)
    const side = await open('e.ndjson')
    expect(side.name).toBe('e.ndjson')
    expect(side.is === 'file' && idsOf(await entriesOf(side))).toEqual(['a/1'])
  })

  it('is a manifest where it makes claims', async () => {
    expect(await open('-', 'services: {pay: {min: 2}}')).toMatchObject({ is: 'manifest', name: 'standard input' })
    await expect(open('-', 'services: {pay: {mni: 2}}')).rejects.toMatchObject({ code: 'config' })
  })
})

describe('a file that is not an export', () => {
  const torn = line('b', '2').slice(0, 40)
  it.each([
    [`${line('a', '1')}\n${torn}`, 'standard input, line 2, column 41: it is not a whole JSON object', 'torn'],
    [`${line('a', '1')}\n{"name":"b","endpoints":x}`, 'line 2, column 25: it is not a whole', 'torn'],
    [`{"items":[${line('a', '1')},`, 'cannot read instances from standard input', 'whole'],
    [`${line('a', '1')}\n{"name":1}\n`, 'standard input, line 2: name is not a text', 'the fields are those of'],
    [`${line('a', '1')}\n[]\n`, 'standard input, line 2 is not an object', 'name and endpoints'],
    [line('a', '1', { status: 'upp' }), 'line 1: status is not a status', 'the fields are those of'],
    [line('a', '1', { tags: 'x' }), 'line 1: tags is not a list of texts', 'the fields are those of'],
    [line('', '1'), 'line 1: name is empty', 'has one'],
    [line('a', ''), 'line 1: id is empty', 'has one'],
    ['{"run":{"id":"x"}}\n', 'name is not a text', 'the fields are those of'],
    ['hello', 'instance 1 is not an object', 'name and endpoints'],
    ['a\0b', 'is not a text file', 'URL'],
    ['SQLite format 3\0', 'is an embedded registry', 'file:'],
  ])('%j is refused', async (text, message, hint) => {
    const refusal = { code: 'usage', message: expect.stringContaining(message), hint: expect.stringContaining(hint) }
    await expect(open('-', text)).rejects.toMatchObject(refusal)
  })

  it('is refused when it is not there, or a folder', async () => {
    await expect(open('nowhere.ndjson')).rejects.toMatchObject({
      code: 'config',
      message: 'nowhere.ndjson cannot be read: ENOENT',
    })
    await expect(open('.')).rejects.toMatchObject({ code: 'config', message: '. cannot be read: EISDIR' })
  })

  it('is refused for a line that no registry could hold', async () => {
    await writeFile(join(folder, 'long.ndjson'), Buffer.alloc(17 * 1024 * 1024, 'x'))
    await expect(open('long.ndjson')).rejects.toMatchObject({
      code: 'usage',
      message: expect.stringContaining('16 MiB'),
    })
  })

  it('never lets a key of its metadata become more than a key', async () => {
    const text = line('a', '1').replace('"zone":"a"', '"__proto__":"x"')
    const [entry] = await entriesOf(await opened(text))
    expect(Object.entries(entry?.instance.metadata ?? {})).toEqual([['__proto__', 'x']])
    expect(Object.getPrototypeOf({}).x).toBeUndefined()
  })
})
