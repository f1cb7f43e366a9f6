import { formatDuration } from '../../model/duration.ts'
import { targetWord } from '../../model/target-word.ts'
import type { HistoryItem, HistorySummary } from '../../reports/history.ts'
import type { InstanceItem } from '../../reports/instances.ts'
import type { Tone } from './colours.ts'
import type { Column, TableOf } from './columns.ts'
import { changeText } from './events.ts'
import { allInstancesTable, instancesTable } from './instances.ts'
import { amount } from '../../model/count.ts'
import { clean } from './text.ts'

const TONES: Readonly<Record<HistoryItem['type'], Tone>> = {
  added: 'good',
  updated: 'notice',
  removed: 'bad',
  malformed: 'bad',
  gap: 'bad',
  synced: 'quiet',
}

/** What happened, an event a row. */
export const historyTable: TableOf<HistoryItem> = {
  columns: [
    { name: 'TIME', text: (item) => `${item.at.slice(0, 19)}Z`, data: (item) => item.at },
    { name: 'EVENT', text: eventText, data: (item) => item.type, tone: (item) => TONES[item.type] },
    { name: 'SERVICE', text: (item) => item.service ?? '', identifies: true },
    { name: 'INSTANCE', text: (item) => item.id ?? '', identifies: true },
    { name: 'AFTER', text: afterText, data: afterSeconds },
    { name: 'WHO', text: who },
    { name: 'WHAT', text: whatText },
    { name: 'REVISION', text: (item) => item.revision ?? '', wide: true },
    { name: 'KEY', text: (item) => item.key ?? item.instance?.keys.join(',') ?? '', wide: true },
  ],
  name: ({ service = '', id = '' }) => targetWord(service, id),
}

function eventText({ type, gone, found, flapped }: HistoryItem): string {
  const beside = [gone ? 'gone' : '', found ? 'found' : '', flapped === undefined ? '' : `flapping ×${flapped}`]
  const words = beside.filter(Boolean)
  return words.length === 0 ? type : `${type} (${words.join(', ')})`
}

/** How long it had been there; of a gap how long it lasted. */
function afterSeconds({ type, at, since, until }: HistoryItem): number | undefined {
  const from = type === 'gap' ? at : since
  const to = type === 'gap' ? until : at
  if (from === undefined || to === undefined) return undefined
  return Math.max(0, Math.round((Date.parse(to) - Date.parse(from)) / 1000))
}

function afterText(item: HistoryItem): string {
  const seconds = afterSeconds(item)
  return seconds === undefined ? '' : formatDuration(seconds * 1000)
}

/** By what the registry tells its owner: the owner itself, the lease or session, or the node. */
function who({ instance, lease }: HistoryItem): string {
  return instance?.owner ?? instance?.lease ?? lease ?? instance?.place?.node ?? ''
}

function whatText({ type, until, changes, message, instance }: HistoryItem): string {
  if (type === 'gap') return `${until === undefined ? 'not over' : `until ${until.slice(0, 19)}Z`}: ${message ?? ''}`
  if (changes) return changes.map(changeText).join(', ')
  if (message !== undefined) return message
  return [instance?.status ?? '', instance?.version ?? ''].filter(Boolean).join(' ')
}

/** The last line about a history. */
export function historyLine({ came, went, changed, malformed, gaps, flapping }: HistorySummary): string {
  const counts = [`${came} came`, `${went} went`, `${changed} changed`]
  if (malformed > 0) counts.push(`${malformed} became malformed`)
  if (gaps > 0) counts.push(amount(gaps, 'gap'))
  const names = [...flapping].sort(([, a], [, b]) => b - a).map(([name, times]) => `${clean(name)} ×${times}`)
  if (names.length === 0) return counts.join(', ')
  const more = names.length > 5 ? ` and ${names.length - 5} more` : ''
  return `${counts.join(', ')} · flapping: ${names.slice(0, 5).join(', ')}${more}`
}

/** An instance that was there, and since when. */
export type PastItem = InstanceItem & { readonly since?: string }

const SINCE: Column<PastItem> = {
  name: 'SINCE',
  text: ({ since }) => (since === undefined ? '' : `${since.slice(0, 19)}Z`),
}

/** What was there, as `ls` shows what is; of several services with a column for them. */
export function pastTable(isOfOne: boolean): TableOf<PastItem> {
  const table = isOfOne ? instancesTable : allInstancesTable
  const [columns, wide] = [
    table.columns.filter((column) => !column.wide),
    table.columns.filter((column) => column.wide),
  ]
  return { ...table, columns: [...columns, SINCE, ...wide] }
}
