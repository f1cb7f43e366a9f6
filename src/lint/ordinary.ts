import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import type { RawRecord } from '../model/record.ts'
import { NAME_STYLE } from './rules/keys.ts'
import { SEMANTIC_VERSION } from './rules/values.ts'

const ID = /^[\w.:@-]+$/
/** An endpoint that clients can dial and that is not on the machine itself; its listener is spelt as `listenerOf` spells it. */
const ENDPOINT =
  /^(?:grpcs?|https?):\/\/(?!127\.|0\.0\.0\.0:|(?:[a-z\d.-]*\.)?localhost:)([a-z\d][a-z\d.-]*:([1-9]\d{0,4}))$/

/**
 * Proves in one pass that a record is an instance of Kratos' with nothing to say against it alone: name, id, version,
 * key, lease and endpoints are as nearly all are. Returns where its endpoints listen, each once; undefined where that is
 * not proved. No rule about one record flags what it accepts, except those that say so (`RecordRule.flagsOrdinary`).
 */
export function ordinaryListeners(
  record: RawRecord,
  reading: Reading,
  layout: LayoutName | 'service',
): readonly string[] | undefined {
  if (layout !== 'kratos' || reading.is !== 'instance' || record.lease === undefined) return undefined
  const { id, name, version, metadata, endpoints } = reading.instance
  if (record.service !== name || !NAME_STYLE.test(name) || !ID.test(id)) return undefined
  if (!record.id.endsWith(`/${name}/${id}`) || record.id.includes('\\')) return undefined
  if (!SEMANTIC_VERSION.test(version) || Object.hasOwn(metadata, 'weight')) return undefined
  return listenersOf(endpoints)
}

function listenersOf(endpoints: readonly string[]): readonly string[] | undefined {
  const listeners: string[] = []
  for (const endpoint of endpoints) {
    const [, listener = '', port = ''] = ENDPOINT.exec(endpoint) ?? []
    if (listener === '' || Number(port) > 65_535) return undefined
    if (!listeners.includes(listener)) listeners.push(listener)
  }
  return listeners.length === 0 ? undefined : listeners
}
