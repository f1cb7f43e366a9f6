import type { InstanceEntry, MalformedEntry } from '../../model/reading.ts'
import { STATUSES } from '../../model/status.ts'
import { listenerOf } from '../../reports/endpoint-parts.ts'
import { byCode } from '../../reports/fold.ts'
import type { HostItem } from '../../reports/hosts.ts'
import type { ServiceItem } from '../../reports/services.ts'
import { keyOf } from '../../reports/watched-entries.ts'
import type { LivePicture, ServicePicture } from './picture.ts'
import type { ListView } from './state.ts'

/** One row of a list. */
export type ScreenRow =
  | {
      readonly is: 'service'
      readonly key: string
      readonly item: ServiceItem
      readonly changes: ServicePicture['changes']
    }
  | { readonly is: 'host'; readonly key: string; readonly item: HostItem }
  | { readonly is: 'instance'; readonly key: string; readonly entry: InstanceEntry }
  | { readonly is: 'malformed'; readonly key: string; readonly entry: MalformedEntry }

/** Which rows of a list are wanted. */
export interface Wanted {
  readonly view: ListView
  /** Text that a row has somewhere, in any case; after `!`, that it has nowhere. */
  readonly filter: string
  /** Only what is not well. */
  readonly faults: boolean
}

/** The rows of a list, the sick first, and among those as sick by name. */
export function rowsOf(picture: LivePicture, { view, filter, faults }: Wanted): ScreenRow[] {
  const fits = fitting(filter)
  return [...candidates(picture, view)]
    .filter((row) => (!faults || sickness(row) > 0) && fits(() => textsOf(row)))
    .map((row) => ({ row, sick: sickness(row) }))
    .sort((a, b) => b.sick - a.sick || byCode(a.row.key, b.row.key))
    .map(({ row }) => row)
}

function* candidates(picture: LivePicture, view: ListView): Generator<ScreenRow, void, undefined> {
  switch (view.is) {
    case 'services':
      for (const { name, item, changes } of picture.services.values())
        if (item) yield { is: 'service', key: name, item, changes }
      return
    case 'hosts':
      for (const item of picture.hosts()) yield { is: 'host', key: item.host, item }
      return
    case 'host':
      for (const entry of picture.instances())
        if (entry.instance.endpoints.some((endpoint) => listenerOf(endpoint).host === view.host)) yield rowOf(entry)
      return
    default: {
      const service = picture.services.get(view.service)
      for (const entry of service?.malformed.values() ?? []) yield { is: 'malformed', key: entry.record.id, entry }
      for (const entry of service?.entries.values() ?? []) yield rowOf(entry)
    }
  }
}

export function rowOf(entry: InstanceEntry): ScreenRow {
  return { is: 'instance', key: keyOf(entry), entry }
}

/** How bad it is: 0 for what is well. */
function sickness(row: ScreenRow): number {
  switch (row.is) {
    case 'malformed':
      return STATUSES.length
    case 'instance':
      return STATUSES.indexOf(row.entry.observed.status)
    case 'host':
      return missing(row.item)
    default:
      return missing(row.item) || Number(row.item.malformed > 0)
  }
}

/** 3 where none is up, 2 where some are not, 0 where all are. */
export function missing({ instances, up }: { readonly instances: number; readonly up: number }): number {
  if (up === instances) return 0
  return up === 0 ? 3 : 2
}

/** Whether a filter leaves what has these texts, which are made where there is a filter. */
export function fitting(filter: string): (texts: () => readonly string[]) => boolean {
  const text = filter.toLowerCase()
  const words = text.replace(/^!/, '')
  if (words === '') return () => true
  return (texts) => texts().some((each) => each.toLowerCase().includes(words)) !== text.startsWith('!')
}

/** What a filter looks in. */
function textsOf(row: ScreenRow): readonly string[] {
  switch (row.is) {
    case 'service':
      return [row.key, ...row.item.versions]
    case 'host':
      return [row.key, ...row.item.services]
    case 'malformed':
      return [row.key, 'malformed', row.entry.problem.message]
    default: {
      const { instance, observed, service } = row.entry
      return [instance.id, service, observed.status, instance.version, ...instance.endpoints]
    }
  }
}
