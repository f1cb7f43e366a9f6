import { formatDuration } from '../../model/duration.ts'
import { withoutPassword } from '../../model/endpoint-secret.ts'
import { escapeService, targetWord } from '../../model/target-word.ts'
import type { HostItem } from '../../reports/hosts.ts'
import type { InstanceItem, RecordItem } from '../../reports/instances.ts'
import type { ServiceItem } from '../../reports/services.ts'
import { type Colours, toneOfStatus } from './colours.ts'
import type { Column, TableOf } from './columns.ts'
import { jsonLine } from './documents.ts'
import { SQUARES, statusMarks } from './status-marks.ts'
import { grouped } from '../../model/count.ts'
import { beginning, clean } from './text.ts'

export const hostsTable: TableOf<HostItem> = {
  columns: [
    { name: 'HOST', text: (item) => item.host, identifies: true },
    { name: 'INSTANCES', text: (item) => String(item.instances), data: (item) => item.instances, align: 'right' },
    ...upColumns(),
    { name: 'SERVICES', text: (item) => few(item.services), data: (item) => item.services.join(',') },
  ],
  name: (item) => item.host,
}

export const servicesTable: TableOf<ServiceItem> = {
  columns: [
    { name: 'SERVICE', text: (item) => item.name, identifies: true },
    { name: 'INSTANCES', text: (item) => String(item.instances), data: (item) => item.instances, align: 'right' },
    ...upColumns(),
    { name: 'VERSIONS', text: (item) => item.versions.join(',') },
    {
      name: 'MALFORMED',
      text: (item) => String(item.malformed),
      data: (item) => item.malformed,
      align: 'right',
      wide: true,
    },
    { name: 'SCHEMES', text: (item) => item.schemes.join(','), wide: true },
    { name: 'LAYOUTS', text: (item) => item.layouts.join(','), wide: true },
  ],
  name: (item) => escapeService(item.name),
}

/** What is counted of the instances of a service, or on a host. */
interface Counted {
  readonly instances: number
  readonly up: number
  readonly byStatus: Readonly<Record<string, number>>
}

/** How many of the instances are up, and a square for each. */
function upColumns(): Column<Counted>[] {
  return [
    {
      name: 'UP',
      text: (item) => String(item.up),
      data: (item) => item.up,
      tone: (item) => (item.up === 0 ? 'bad' : item.up < item.instances ? 'notice' : 'good'),
      align: 'right',
    },
    {
      name: 'STATUS',
      text: (item) => (item.instances > SQUARES ? ` +${grouped(item.instances - SQUARES)}` : ''),
      marks: (item) => statusMarks(item.byStatus, SQUARES),
      onTerminal: true,
    },
  ]
}

const SERVICE: Column<InstanceItem> = { name: 'SERVICE', text: (item) => item.name, identifies: true }

const COLUMNS: readonly Column<InstanceItem>[] = [
  { name: 'ID', text: (item) => item.id, identifies: true },
  { name: 'STATUS', text: (item) => item.status, tone: (item) => toneOfStatus(item.status) },
  { name: 'VERSION', text: (item) => item.version },
  {
    name: 'ENDPOINTS',
    text: (item) => item.endpoints.map(withoutPassword).join(','),
    data: (item) => item.endpoints.join(','),
  },
  { name: 'AGE', text: (item, now) => secondsForPeople(ageInSeconds(item, now)), data: ageInSeconds },
  { name: 'TTL', text: (item) => ttlForPeople(item.ttl), data: (item) => item.ttl?.remaining, wide: true },
  { name: 'LEASE', text: (item) => item.lease ?? '', wide: true },
  { name: 'OWNER', text: (item) => item.owner ?? '', wide: true },
  { name: 'LAYOUT', text: (item) => item.layout ?? '', wide: true },
  { name: 'KEY', text: (item) => few(item.keys), data: (item) => item.keys.join(','), wide: true },
  { name: 'METADATA', text: metadataText, wide: true },
  { name: 'TAGS', text: (item) => few(item.tags ?? []), data: (item) => item.tags?.join(',') ?? '', wide: true },
]

/** `metadata.zone`: the value under one key of the metadata, which may hold any letters. */
function metadataColumn(name: string): Column<InstanceItem> | undefined {
  const [, key] = /^metadata\.(.+)$/is.exec(name) ?? []
  if (key === undefined) return undefined
  const text = ({ metadata }: InstanceItem) => (Object.hasOwn(metadata, key) ? (metadata[key] ?? '') : '')
  return { name: name.toUpperCase(), text }
}

/** The instances of one service. */
export const instancesTable: TableOf<InstanceItem> = {
  columns: COLUMNS,
  columnFor: metadataColumn,
  name: (item) => targetWord(item.name, item.id),
}

/** The instances of several services. */
export const allInstancesTable: TableOf<InstanceItem> = { ...instancesTable, columns: [SERVICE, ...COLUMNS] }

/** So many values in a cell for people. */
const FEW = 5

/** The first few, and how many more there are: an instance of Dubbo can have thousands. */
function few(values: readonly string[]): string {
  const shown = values.slice(0, FEW).join(',')
  return values.length > FEW ? `${shown} and ${values.length - FEW} more` : shown
}

/** `k=v,k=v`, the keys in order. */
function metadataText({ metadata }: InstanceItem): string {
  return Object.entries(metadata)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

/** Seconds since it was registered, or else since it started; undefined when the registry knows neither. */
export function ageInSeconds({ registeredAt, startedAt }: InstanceItem, now: number): number | undefined {
  const since = registeredAt ?? startedAt
  return since === undefined ? undefined : Math.max(0, Math.floor((now - Date.parse(since)) / 1000))
}

/** `12s`, `3m`, `5d`; empty when unknown. */
export function secondsForPeople(seconds: number | undefined): string {
  return seconds === undefined ? '' : formatDuration(seconds * 1000)
}

/** `2026-11-21T10:00:00.000Z (5m ago)`; empty when unknown. */
export function timeForPeople(time: string | undefined, now: number): string {
  return time === undefined ? '' : `${time} (${secondsForPeople((now - Date.parse(time)) / 1000)} ago)`
}

/** `9s of 15s`; empty when unknown. */
export function ttlForPeople(ttl: InstanceItem['ttl']): string {
  const granted = secondsForPeople(ttl?.granted)
  const remaining = secondsForPeople(ttl?.remaining)
  return remaining && granted ? `${remaining} of ${granted}` : remaining || granted
}

/** A label and its values, a line each; a label without values is not shown. Values need not be clean. */
export type Detail = readonly [label: string, values: readonly string[]]

/** Labels on the left, values on the right, a line each. */
export function renderDetails(details: readonly Detail[]): string {
  const shown = details.filter(([, values]) => values.length > 0)
  const width = Math.max(0, ...shown.map(([label]) => label.length))
  const lines = shown.flatMap(([label, values]) =>
    values.map((value, at) =>
      at === 0 ? `${label.padEnd(width)}  ${clean(value)}` : beginning(`${' '.repeat(width)}  ${clean(value)}`),
    ),
  )
  return lines.map((line) => `${line.trimEnd()}\n`).join('')
}

/** Everything known about one instance, as `get` shows it. */
export function renderInstance(item: InstanceItem, now: number, colours: Colours): string {
  const place = Object.entries(item.place ?? {}).map(([part, name]) => `${part} ${name}`)
  const [status, ...rest] = renderDetails([
    ['Status', [item.reason ? `${item.status} (${item.reason})` : item.status]],
    ['Version', some(item.version)],
    ['Endpoints', item.endpoints.map(withoutPassword)],
    ['Metadata', Object.entries(item.metadata).map(([key, value]) => `${key}=${value}`)],
    ['Weight', some(item.weight?.toString())],
    ['Environment', some(item.env)],
    ['Tags', item.tags ?? []],
    ['Kind', some(item.serviceKind)],
    ['Registered', some(timeForPeople(item.registeredAt, now))],
    ['Started', some(timeForPeople(item.startedAt, now))],
    ['Renewed', some(timeForPeople(item.renewedAt, now))],
    ['Offline', some(timeForPeople(item.offlineAt, now))],
    [item.ttl?.remaining === undefined ? 'TTL' : 'TTL left', some(ttlForPeople(item.ttl))],
    ['Lease', some(item.lease)],
    ['Also on it', item.leaseKeys ?? []],
    ['Owner', some(item.owner)],
    ['Place', some(place.join(', '))],
    ['Layout', some(item.layout)],
    ['Records', (item.records ?? item.keys.map((key) => ({ key }))).map(recordLine)],
  ]).split('\n')
  const heading = colours('strong', beginning(clean(`${item.name}/${item.id}`)))
  const coloured = status?.replace(item.status, colours(toneOfStatus(item.status), item.status))
  return [heading, coloured, ...rest].join('\n')
}

function recordLine({ key, revision, value, valueBase64, object }: RecordItem): string {
  const body = value ?? (valueBase64 === undefined ? object && jsonLine(object) : `base64 ${valueBase64}`)
  return [key, revision === undefined ? '' : `(revision ${revision})`, body ?? ''].filter(Boolean).join('  ')
}

function some(value: string | undefined): string[] {
  return value ? [value] : []
}
