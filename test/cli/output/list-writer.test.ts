import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { RollcallError } from '../../../src/model/errors.ts'
import { type OutputFlags, parseOutput } from '../../../src/cli/output/options.ts'
import { colourless } from '../../../src/cli/output/colours.ts'
import { instancesTable } from '../../../src/cli/output/instances.ts'
import { listWriter } from '../../../src/cli/output/list-writer.ts'
import { unescapeKey } from '../../../src/model/key.ts'
import { type InstanceItem, instanceItem } from '../../../src/reports/instances.ts'
import { NOW, entry } from '../../reports/entries.ts'
import { type Collected, collected } from './collected.ts'

const HOSTILE = 'a\u001b[31m"\n\u202e,=1+1 \ud800中文'
const items = [
  instanceItem(entry({ id: 'b', version: 'v9', metadata: { note: HOSTILE } }, { weight: 2 })),
  instanceItem(
    entry({ id: 'a', version: 'v10', endpoints: ['grpc://h:1', 'http://h:2'] }, { registeredAt: NOW - 90_000 }),
  ),
  instanceItem(entry({ id: HOSTILE }, { weight: 10 })),
]

async function written(
  flags: OutputFlags,
  some: readonly InstanceItem[] = items,
  stdout = collected(),
): Promise<Collected> {
  const output = parseOutput(flags)
  const writer = await listWriter(stdout, {
    kind: 'InstanceList',
    output,
    table: instancesTable,
    colours: colourless,
    now: NOW,
  })
  for (const item of some) if (!(await writer.row(item))) break
  await writer.end({ asOf: NOW, revision: '12', malformed: 1 })
  return stdout
}

async function text(flags: OutputFlags, some?: readonly InstanceItem[]): Promise<string> {
  return (await written(flags, some)).text()
}

const facts = { asOf: '2026-01-02T03:05:05.000Z', revision: '12', malformed: 1 }
const list = { apiVersion: 'rollcall/v1', kind: 'InstanceList', items, ...facts }
// eslint-disable-next-line no-control-regex -- what must not get through
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/

/** yaml has no lone surrogates. */
function wellFormed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('\\ud800', '?'))
}

describe('a list', () => {
  it('is one json object, an item a line', async () => {
    const json = await text({ output: 'json' })
    expect(JSON.parse(json)).toEqual(list)
    expect(json.split('\n')).toHaveLength(items.length + 3)
    expect(json).not.toMatch(HARMFUL)
    expect(JSON.parse(await text({ json: true }, []))).toEqual({ ...list, items: [] })
  })

  it('is whole json without facts, too', async () => {
    const stdout = collected()
    const output = parseOutput({ output: 'json' })
    const writer = await listWriter(stdout, {
      kind: 'InstanceList',
      output,
      table: instancesTable,
      colours: colourless,
      now: NOW,
    })
    await writer.end()
    expect(JSON.parse(stdout.text())).toEqual({ apiVersion: 'rollcall/v1', kind: 'InstanceList', items: [] })
  })

  it('is the items alone in ndjson', async () => {
    const lines = (await text({ output: 'ndjson' })).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line))).toEqual(items)
  })

  it('is one yaml document that means the same as the json', async () => {
    const yaml = await text({ output: 'yaml' })
    expect(wellFormed(parse(yaml))).toEqual(wellFormed(list))
    expect(yaml).not.toMatch(HARMFUL)
    expect(parse(await text({ output: 'yaml' }, []))).toEqual({ ...list, items: [] })
  })

  it('is csv with the data as it is in a pipe, quoted where it must be', async () => {
    const csv = await text({ output: 'csv', columns: 'id,version,endpoints,age' })
    expect(csv).toBe(
      `id,version,endpoints,age\r\nb,v9,,\r\na,v10,"grpc://h:1,http://h:2",90\r\n"${HOSTILE.replace('"', '""')}",,,\r\n`,
    )
    const formula = instanceItem(entry({ id: '=cmd()' }))
    expect(await text({ output: 'csv', columns: 'id', noHeaders: true }, [formula])).toBe("'=cmd()\r\n")
  })

  it('is csv with controls escaped on a terminal', async () => {
    const stdout = await written({ output: 'csv' }, items, collected(80))
    expect(stdout.text().replaceAll('\r\n', '\n')).not.toMatch(HARMFUL)
  })

  it('is names that read back, a line each', async () => {
    const lines = (await text({ output: 'name' })).trimEnd().split('\n')
    expect(lines.slice(0, 2)).toEqual(['pay/b', 'pay/a'])
    expect(lines).toHaveLength(3)
    expect(Buffer.from(unescapeKey(lines[2] ?? '')).toString()).toBe(`pay/${HOSTILE.toWellFormed()}`)
  })

  it('shows the columns that are named, in that order', async () => {
    expect(await text({ columns: 'version,ID' }, items.slice(0, 2))).toBe('VERSION  ID\nv9       b\nv10      a\n')
  })

  it('keeps the fields that are named, in that order', async () => {
    expect(await text({ output: 'ndjson', fields: 'weight,id' }, items.slice(0, 2))).toBe(
      '{"weight":2,"id":"b"}\n{"id":"a"}\n',
    )
  })

  it.each([
    ['version', ['b', 'a', HOSTILE]],
    ['-weight', [HOSTILE, 'b', 'a']],
    ['weight', ['b', HOSTILE, 'a']],
    ['age', ['a', 'b', HOSTILE]],
  ])('is sorted by %s, what has no value last', async (sortBy, ids) => {
    const lines = (await text({ output: 'ndjson', sortBy })).trimEnd().split('\n')
    expect(lines.map((line) => JSON.parse(line).id)).toEqual(ids)
  })

  it('ends at the limit, after sorting', async () => {
    expect(await text({ output: 'name', limit: '1' })).toBe('pay/b\n')
    expect(await text({ output: 'name', limit: '2', sortBy: 'id' })).toBe(
      'pay/a\npay/a\\x1b[31m"\\x0a\\xe2\\x80\\xae,=1+1 �中文\n',
    )
  })

  it('says when no more rows are wanted', async () => {
    const options = { kind: 'InstanceList', table: instancesTable, colours: colourless, now: NOW }
    const writer = await listWriter(collected(), { ...options, output: parseOutput({ limit: '2' }) })
    expect([await writer.row(items[0]!), await writer.row(items[1]!)]).toEqual([true, false])
  })

  it('is written in large pieces while it is read, waiting for the reader', async () => {
    let reading = 0
    const stdout = collected()
    const slow = {
      ...stdout,
      write: async (part: string) => void (reading++, await Promise.resolve(), await stdout.write(part), reading--),
    }
    const options = { kind: 'InstanceList', table: instancesTable, colours: colourless, now: NOW }
    const writer = await listWriter(slow, { ...options, output: parseOutput({ output: 'ndjson' }) })
    for (let n = 0; n < 2000; n++) {
      await writer.row(items[1]!)
      expect(reading).toBe(0)
    }
    expect(stdout.writes.length).toBeGreaterThan(4)
    expect(Math.min(...stdout.writes.map((part) => part.length))).toBeGreaterThan(60_000)
  })
})

describe('bad flags', () => {
  it.each<[OutputFlags, string, string]>([
    [{ output: 'jsn' }, 'this command does not support -o jsn', 'did you mean "json"?'],
    [{ output: 'xml' }, 'does not support -o xml', 'one of table, wide, json, ndjson, yaml, csv, name'],
    [{ output: 'yaml', json: true }, '--json conflicts with -o yaml', 'pass one of them'],
    [{ limit: '0' }, '--limit must be a whole number above 0, not "0"', '--limit 20'],
    [{ limit: 'x' }, '--limit must be a whole number above 0, not "x"', '--limit 20'],
    [{ columns: 'id,' }, 'empty name', 'id,version'],
    [{ columns: 'verison' }, 'no column "verison"', 'did you mean "version"?'],
    [{ output: 'json', fields: 'metdata' }, 'has no field "metdata"', 'did you mean "metadata"?'],
    [{ sortBy: 'colour' }, 'no column "colour"', 'one of id, status'],
  ])('%j', async (flags, message, hint) => {
    const error: unknown = await text(flags).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RollcallError)
    expect(error).toMatchObject({
      code: 'usage',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    })
  })
})
