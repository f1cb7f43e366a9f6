import type { InstanceItem } from '../../reports/instances.ts'
import { instanceItem } from '../../reports/instances.ts'
import type { Column, StatusMark } from '../output/columns.ts'
import { allInstancesTable, hostsTable, instancesTable, servicesTable } from '../output/instances.ts'
import { SQUARES, statusMarks } from '../output/status-marks.ts'
import { grouped } from '../../model/count.ts'
import type { ScreenRow } from './rows.ts'
import type { ListView } from './state.ts'

/** The columns of a list. `room`: those of the terminal, which decide how many squares there are. */
export function columnsOf(
  view: ListView,
  { wide, room }: { readonly wide: boolean; readonly room: number },
): Column<ScreenRow>[] {
  const columns = LISTS[view.is].filter((column) => wide || !column.wide)
  return columns.map((column) => (column.name === 'STATUS' && column.marks ? squares(column, room) : column))
}

/** The same columns over the rows of these lists; a row of another kind has nothing to say in them. */
function over<Item>(columns: readonly Column<Item>[], of: (row: ScreenRow) => Item | undefined): Column<ScreenRow>[] {
  return columns.map(({ name, text, tone, marks, align, wide, identifies }) => ({
    name,
    text: (row, now) => {
      const item = of(row)
      return item === undefined ? '' : text(item, now)
    },
    ...(tone && { tone: (row: ScreenRow) => whole(of(row), tone) }),
    ...(marks && { marks: (row: ScreenRow) => whole(of(row), marks) ?? [] }),
    ...(align && { align }),
    ...(wide && { wide }),
    ...(identifies && { identifies }),
  }))
}

function whole<Item, Value>(item: Item | undefined, of: (item: Item) => Value): Value | undefined {
  return item === undefined ? undefined : of(item)
}

const CHANGES: Column<ScreenRow> = {
  name: 'CHANGES',
  text: (row, now) => {
    const perMinute = row.is === 'service' ? row.changes.perMinute(now) : 0
    return perMinute === 0 ? '' : `${grouped(perMinute)}/min`
  },
  align: 'right',
}

/** Malformed records are seen without asking for more, where there are any. */
const MALFORMED: Column<ScreenRow> = {
  name: 'MALFORMED',
  text: (row) => (row.is === 'service' && row.item.malformed > 0 ? grouped(row.item.malformed) : ''),
  tone: (row) => (row.is === 'service' && row.item.malformed > 0 ? 'bad' : undefined),
  align: 'right',
}

const SERVICES = over(
  servicesTable.columns.filter(({ name }) => name !== 'MALFORMED'),
  (row) => (row.is === 'service' ? row.item : undefined),
).flatMap((column) => (column.name === 'VERSIONS' ? [MALFORMED, CHANGES, column] : [column]))
const HOSTS = over(hostsTable.columns, (row) => (row.is === 'host' ? row.item : undefined))

/** What stands in these columns of a record that is not an instance. */
const OF_MALFORMED: Readonly<Record<string, (row: ScreenRow & { is: 'malformed' }) => string>> = {
  SERVICE: (row) => row.entry.service,
  ID: (row) => row.key,
  STATUS: () => 'malformed',
  ENDPOINTS: (row) => row.entry.problem.message,
}

function instances(columns: readonly Column<InstanceItem>[]): Column<ScreenRow>[] {
  const whatever = over(columns, (row) => (row.is === 'instance' ? itemOf(row) : undefined))
  return whatever.map((column) => orMalformed(column))
}

function orMalformed(column: Column<ScreenRow>): Column<ScreenRow> {
  const { name, text, tone } = column
  return {
    ...column,
    text: (row, now) => (row.is === 'malformed' ? (OF_MALFORMED[name]?.(row) ?? '') : text(row, now)),
    ...(tone && { tone: (row: ScreenRow) => (row.is === 'malformed' ? 'bad' : tone(row)) }),
  }
}

/** The item of a row is made once, when it is first seen. */
const items = new WeakMap<object, InstanceItem>()

function itemOf({ entry }: ScreenRow & { is: 'instance' }): InstanceItem {
  const item = items.get(entry) ?? instanceItem(entry)
  items.set(entry, item)
  return item
}

const LISTS: Readonly<Record<ListView['is'], readonly Column<ScreenRow>[]>> = {
  services: SERVICES,
  hosts: HOSTS,
  service: instances(instancesTable.columns),
  host: instances(allInstancesTable.columns),
}

/** What has squares. */
function countedOf(row: ScreenRow) {
  return row.is === 'service' || row.is === 'host' ? row.item : undefined
}

/** As many squares as leave room for the rest. They are what the screen is for, and stay while other text can go. */
function squares(column: Column<ScreenRow>, room: number): Column<ScreenRow> {
  const most = Math.max(SQUARES / 2, Math.min(100, room - 60))
  return {
    ...column,
    goesLast: true,
    text: (row) => {
      const more = (countedOf(row)?.instances ?? 0) - most
      return more > 0 ? ` +${grouped(more)}` : ''
    },
    marks: (row): StatusMark[] => statusMarks(countedOf(row)?.byStatus ?? {}, most),
  }
}
