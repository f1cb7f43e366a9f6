import { parseAddress, parseEndpoint } from '../model/endpoint.ts'
import type { Entry } from '../model/reading.ts'
import { listenerOf } from '../reports/endpoint-parts.ts'
import { escapeKey } from '../model/key.ts'

/** Looks for what a word may be that is not a service: an instance's id, or an address. */
export class OtherMeaning {
  readonly #word: string
  readonly #address: string | undefined
  readonly #services = new Set<string>()
  #isHost = false

  /** `word` as typed where a service, or a target, was expected. */
  constructor(word: string) {
    this.#word = word
    this.#address = addressIn(word)
  }

  add(entry: Entry): void {
    if (entry.is !== 'instance') return
    if (entry.instance.id === this.#word) this.#services.add(entry.service)
    this.#isHost ||= entry.instance.endpoints.some((endpoint) => listenerOf(endpoint).host === this.#word.toLowerCase())
  }

  /** The command that finds it. */
  hint(): string | undefined {
    const [service, ...more] = this.#services
    const word = shown(this.#word)
    if (service !== undefined && more.length === 0) {
      return `it is the id of an instance of ${shown(service)}: rollcall get --id ${word}`
    }
    if (service !== undefined) return `it is an id, under ${more.length + 1} services: rollcall ls --all`
    const host = this.#address ?? (this.#isHost ? word : undefined)
    return host && `that is an address: rollcall ls --all --host ${shown(host)}`
  }
}

/** The `host:port` of what nobody would call a service. */
function addressIn(word: string): string | undefined {
  const bare = parseAddress(word)
  if (bare) return word
  const endpoint = parseEndpoint(word)
  return endpoint.is === 'endpoint' ? endpoint.address : undefined
}

/** As a word of a shell. */
function shown(word: string): string {
  const text = escapeKey(Buffer.from(word))
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
