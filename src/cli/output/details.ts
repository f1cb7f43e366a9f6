import { withoutPassword } from '../../model/endpoint-secret.ts'
import type { InstanceItem, RecordItem } from '../../reports/instances.ts'
import { beginning, clean } from './clean.ts'
import { type Colours, toneOfStatus } from './colours.ts'
import { jsonLine } from './json.ts'
import { timeForPeople, ttlForPeople } from './times.ts'

/** A label and what stands beside it, a line each; nothing is shown for none. Need not be clean. */
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
