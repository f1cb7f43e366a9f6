import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Chalk } from 'chalk'
import { colourless, createColours } from '../../../src/cli/output/colours.ts'
import type { Column } from '../../../src/cli/output/columns.ts'
import {
  type Cell,
  drawRow,
  drawTable,
  MEASURED_ROWS,
  renderTable,
  tableEncoder,
} from '../../../src/cli/output/table.ts'
import { instancesTable } from '../../../src/cli/output/instances.ts'
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

  it('draws plain text the same with cli-table3 as row by row', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '×', '…', '{', '1'), maxLength: 12 })
    const row = fc.array(fc.record<Cell>({ text, align: fc.constantFrom(undefined, 'right' as const) }), {
      minLength: 3,
      maxLength: 3,
    })
    const widths = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), widths, (rows, columns) => {
        const drawing = { widths: columns, cuts: true, colours: colourless }
        expect(drawTable(rows, drawing)).toBe(rows.map((each) => drawRow(each, drawing)).join(''))
      }),
    )
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
