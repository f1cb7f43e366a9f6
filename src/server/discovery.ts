import type { InstanceEntry } from '../model/reading.ts'
import { statusOf } from '../model/status.ts'
import { aioRecord, protocolsOf } from './aio-record.ts'
import { success } from './answer.ts'

/** What of a service is asked for; a word that is empty or left out is none. */
export interface Filter {
  readonly env?: string
  readonly status?: string
  readonly protocol?: string
}

/** Answers that are kept for one list of instances: who asks makes up the words of a filter. */
const KEPT = 16

/** The answers to discovery, written once for each list of instances: it stays the same list until a service changes. */
export class Discovery {
  readonly #answers = new WeakMap<readonly InstanceEntry[], Map<string, string>>()

  /** JSON, in the envelope. */
  answer(entries: readonly InstanceEntry[], filter: Filter): string {
    const { env = '', status = '', protocol = '' } = filter
    const answers = this.#answers.get(entries) ?? new Map<string, string>()
    const key = [env, status, protocol].join('\n')
    const known = answers.get(key)
    if (known !== undefined) return known
    const selects = selection({ env, status, protocol })
    const text = JSON.stringify(success(entries.filter(selects).map((entry) => aioRecord(entry, protocol))))
    if (answers.size >= KEPT) answers.clear()
    this.#answers.set(entries, answers.set(key, text))
    return text
  }
}

function selection({ env, status: word, protocol }: Required<Filter>): (entry: InstanceEntry) => boolean {
  const status = (word && statusOf(word)) || 'up'
  return (entry) => {
    const own = entry.observed.env ?? 'all'
    return (
      entry.observed.status === status &&
      // What is for all environments is for this one too.
      (!env || own === env || own === 'all') &&
      (!protocol || protocolsOf(entry).includes(protocol))
    )
  }
}
