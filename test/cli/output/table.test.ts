import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Chalk } from 'chalk'
import { colourless, createColours } from '../../../src/cli/output/colours.ts'
import type { Column } from '../../../src/cli/output/columns.ts'
import type { Cell } from '../../../src/cli/output/cells.ts'
import { drawRow, drawTable, MEASURED_ROWS, renderTable, tableEncoder } from '../../../src/cli/output/table.ts'
import { instancesTable, servicesTable } from '../../../src/cli/output/instances.ts'
import { findingsTable } from '../../../src/cli/output/findings.ts'
import { listWriter } from '../../../src/cli/output/list-writer.ts'
import { parseOutput } from '../../../src/cli/output/options.ts'
import { width } from '../../../src/cli/output/width.ts'
import { instanceItem } from '../../../src/reports/instances.ts'
import { NOW, entry } from '../../reports/entries.ts'
import { collected, ioOf } from './collected.ts'

const narrow = instancesTable.columns.filter((column) => !column.wide)
const options = { headers: true, limit: undefined, colours: colourless, now: NOW }
const items = [
  instanceItem(
    entry(
      { id: 'a-1', version: 'v1.4.2', endpoints: ['grpc://10.0.0.1:9000', 'http://10.0.0.1:8000'] },
      { registeredAt: NOW - 3 * 60_000 },
    ),
  ),
  instanceItem(entry({ id: '中文🚀', version: '', endpoints: ['grpc://10.0.0.2:9000'] }, { status: 'expired' })),
  instanceItem(entry({ id: 'evil\u001b[2J\n', version: 'v1' }, { status: 'down' })),
]

describe('a table', () => {
  it('has an upper-case header, two spaces and no borders', () => {
    expect(renderTable(narrow, items.slice(0, 1), options)).toBe(
      [
        'ID   STATUS  VERSION  ENDPOINTS                                  AGE',
        'a-1  up      v1.4.2   grpc://10.0.0.1:9000,http://10.0.0.1:8000  3m',
        '',
      ].join('\n'),
    )
  })

  it('aligns Chinese and emoji, and shows controls escaped', () => {
    const lines = renderTable(narrow, items, options).split('\n')
    expect(lines.slice(1)).toEqual([
      'a-1            up       v1.4.2   grpc://10.0.0.1:9000,http://10.0.0.1:8000  3m',
      '中文🚀         expired  -        grpc://10.0.0.2:9000                       -',
      'evil\\x1b[2J\\n  down     v1       -                                          -',
      '',
    ])
  })

  it('is empty without rows, and has no header when none is wanted', () => {
    expect(renderTable(narrow, [], options)).toBe('')
    expect(renderTable(narrow, items.slice(0, 1), { ...options, headers: false }).split('\n')).toHaveLength(2)
  })

  it.each([20, 10, 1, 40, 79])('fits into %i columns', (limit) => {
    const lines = renderTable(narrow, items, { ...options, limit }).split('\n')
    expect(lines).toHaveLength(items.length + 2)
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(limit)
  })

  it('is never cut in a pipe, however long a cell', () => {
    const long = instanceItem(entry({ id: 'x'.repeat(5000) }))
    expect(renderTable(narrow, [long], options)).toContain(long.id)
  })

  it('colours the status, and pads by what is seen', async () => {
    const colours = await createColours(ioOf(collected(80)))
    const text = renderTable(narrow, items.slice(0, 2), { ...options, colours })
    const { green, red } = new Chalk({ level: 1 })
    expect(text).toContain(`${green('up')}       v1.4.2`)
    expect(text).toContain(`${red('expired')}  -`)
  })

  it('is never cut as wide, also on a terminal', async () => {
    const long = instanceItem(entry({ id: 'x'.repeat(300), metadata: { zone: 'y'.repeat(300) } }))
    const stdout = collected(40)
    const list = { kind: 'InstanceList', output: parseOutput({ output: 'wide' }), table: instancesTable }
    const writer = await listWriter(stdout, { ...list, colours: colourless, now: NOW })
    await writer.row(long)
    await writer.end()
    expect(stdout.text()).toContain(long.id)
    expect(stdout.text()).toContain(long.metadata['zone'])
  })

  it('pads nothing to a name of 300 kB, and cuts that to the terminal', () => {
    const long = instanceItem(entry({ id: '中'.repeat(100_000) }))
    const rows = [...Array.from({ length: 100 }, (_, n) => instanceItem(entry({ id: String(n) }))), long]
    const piped = renderTable(narrow, rows, options)
    expect(Buffer.byteLength(piped)).toBeLessThan(600_000)
    expect(piped).toContain(long.id)
    const shown = renderTable(narrow, rows, { ...options, limit: 80 })
    expect(Buffer.byteLength(shown)).toBeLessThan(30_000)
  })

  it('draws plain text the same with cli-table3 as row by row', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '×', '…', '{', '1'), maxLength: 12 })
    const row = fc.array(fc.record<Cell>({ text, align: fc.constantFrom(undefined, 'right' as const) }), {
      minLength: 3,
      maxLength: 3,
    })
    const widths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), widths, (rows, columns) => {
        const shown = columns.map((each, at) => ({ at, width: each }))
        const drawing = { shown, cuts: true, colours: colourless }
        expect(drawTable(rows, drawing)).toBe(rows.map((each) => drawRow(each, drawing)).join(''))
      }),
    )
  })
})

const service = (byStatus: Record<string, number>) => {
  const instances = Object.values(byStatus).reduce((sum, each) => sum + each, 0)
  const counts = { instances, up: byStatus['up'] ?? 0, byStatus, malformed: 0 }
  return { name: 'pay', ...counts, versions: [], schemes: [], layouts: [] }
}

const servicesShown = async (
  byStatus: Record<string, number>,
  columns: number | undefined,
  env = {},
  output = 'table',
) => {
  const stdout = collected(columns)
  const colours = await createColours(ioOf(stdout, env))
  const list = { kind: 'ServiceList', output: parseOutput({ output, noHeaders: true }), table: servicesTable }
  const writer = await listWriter(stdout, { ...list, colours, now: NOW })
  await writer.row(service(byStatus))
  await writer.end()
  return stdout.text().trimEnd()
}

describe('services on a terminal', () => {
  const { green, yellow, red } = new Chalk({ level: 1 })

  it('have a square an instance, the worst first', async () => {
    expect(await servicesShown({ up: 3, warning: 1, expired: 2 }, 80)).toBe(
      `pay  6  ${yellow('3')}  ${red('■■')}${yellow('■')}${green('■■■')}  -`,
    )
  })

  it('have a letter each where there are no colours, and neither in a pipe', async () => {
    expect(await servicesShown({ up: 3, warning: 1, expired: 2 }, 80, { NO_COLOR: '1' })).toBe('pay  6  3  EEWUUU  -')
    expect(await servicesShown({ up: 3, expired: 2 }, undefined)).toBe('pay  5  3  -')
    expect(await servicesShown({ up: 3, expired: 2 }, 80, {}, 'csv')).toBe('pay,5,3,,0,,')
  })

  it('are red where none is up, and green where all are', async () => {
    expect(await servicesShown({ down: 1 }, 80)).toContain(red('0'))
    expect(await servicesShown({ up: 2 }, 80)).toContain(green('2'))
  })

  it('show no more than twenty, and how many more there are', async () => {
    expect(await servicesShown({ up: 1_219, down: 1 }, 80, { NO_COLOR: '1' })).toBe(
      `pay  1220  1219  D${'U'.repeat(19)} +1,200  -`,
    )
  })
})

describe('findings', () => {
  const finding = {
    rule: 'RC1001',
    severity: 'error',
    title: 'empty service name',
    key: '/microservices//build-agent-3.ci.example.org',
    message: 'the key has no service name, and here comes much more that nobody can leave out',
    fix: 'name it',
    service: '',
    hosts: ['10.1.2.33'],
  } as const
  const columns = findingsTable.columns.filter((column) => !column.wide)
  const drawn = (limit: number) => renderTable(columns, [finding], { ...options, limit, inBlocks: true })

  it('are rows where they fit, and blocks that leave nothing out where they do not', () => {
    expect(drawn(200).split('\n')).toHaveLength(3)
    expect(drawn(60)).toBe(
      [
        'error  RC1001  /microservices//build-agent-3.ci.example.org',
        '  hosts    10.1.2.33',
        '  message  the key has no service name, and here comes much',
        '           more that nobody can leave out',
        '',
      ].join('\n'),
    )
  })

  it('fit in blocks, but for a key that is longer than a line', () => {
    const lines = drawn(40).split('\n')
    expect(lines[0]).toContain(finding.key)
    expect(Math.max(...lines.slice(1).map(width))).toBeLessThanOrEqual(40)
  })
})

describe('a long table', () => {
  const columns: Column<number>[] = [
    { name: 'N', text: (n) => String(n) },
    { name: 'SQUARE', text: (n) => String(n * n), align: 'right' },
  ]

  it('holds back no more than the rows that decide the widths', () => {
    const encoder = tableEncoder(columns, options)
    const texts = Array.from({ length: MEASURED_ROWS + 10 }, (_, n) => encoder.row(n))
    expect(texts.findIndex((text) => text !== '')).toBe(MEASURED_ROWS - 1)
    expect(texts.slice(MEASURED_ROWS).every((text) => text.endsWith('\n'))).toBe(true)
    expect(encoder.close({})).toBe('')
    const lines = texts.join('').trimEnd().split('\n')
    expect(lines).toHaveLength(MEASURED_ROWS + 11)
    expect(new Set(lines.map((line) => line.length)).size).toBe(1)
  })

  it('lets later, longer cells push their row to the right in a pipe, and cuts them on a terminal', () => {
    const numbers = [...Array.from({ length: MEASURED_ROWS }, (_, n) => n), 123_456]
    expect(renderTable(columns, numbers, options).trimEnd().split('\n').at(-1)).toBe('123456  15241383936')
    const last = renderTable(columns, numbers, { ...options, limit: 40 })
      .trimEnd()
      .split('\n')
      .at(-1)
    expect(last).toBe('12…  15241…')
  })
})
