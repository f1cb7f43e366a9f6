import { Refused, ask, linesIn } from './stream.js'

/** @import { Instance } from './picture.js' */

/**
 * An event of the journal.
 *
 * @typedef {object} PastEvent
 * @property {string} type
 * @property {string} at
 * @property {string} [until]
 * @property {string} [service]
 * @property {string} [id]
 * @property {{ status: string }} [instance]
 * @property {readonly { field: string, from?: unknown, to?: unknown }[]} [changes]
 * @property {number} [flapped]
 */

/**
 * What the journal has of one instance.
 *
 * @typedef {object} Past
 * @property {number} read Milliseconds since 1970: when it was read.
 * @property {number} from From when on it is known.
 * @property {readonly PastEvent[]} events
 * @property {readonly PastEvent[]} gaps
 */

/** Milliseconds that are looked back. */
const BACK = 24 * 3_600_000
/** Milliseconds after which it is read again while it is shown. */
const FRESH = 30_000
/** Milliseconds from the wish to the request, which is for all that is wanted by then. */
const PACE = 500
/** Services of one request. */
const MOST = 100
/** Events of an instance that are kept: of one that flaps for a day the last ones. */
const KEPT = 500

/** What the journal of the server has of the services that are shown; read when they are. */
export class History {
  /** @type {Map<string, { read: number, from: number, gaps: PastEvent[], events: Map<string, PastEvent[]>, isOld: boolean }>} */
  #known = new Map()
  /** @type {Set<string>} */
  #missing = new Set()
  #isReading = false
  #token = ''
  #redraw
  isKept = false

  /** @param {() => void} redraw */
  constructor(redraw) {
    this.#redraw = redraw
  }

  /** @param {string} token @param {boolean} isKept Whether the server keeps a journal. */
  begin(token, isKept) {
    this.#token = token
    this.isKept = isKept
    this.#known.clear()
    this.#missing.clear()
  }

  /** What is known of it; what is not is read, and then all is drawn again. @param {Instance} instance @returns {Past | undefined} */
  of({ service, id }) {
    if (!this.isKept) return undefined
    const known = this.#known.get(service)
    if (!known || known.isOld || Date.now() - known.read > FRESH) this.#want(service)
    return known && { read: known.read, from: known.from, gaps: known.gaps, events: known.events.get(id) ?? [] }
  }

  /** Something happened there, which the journal has by now. @param {string} service */
  changed(service) {
    const known = this.#known.get(service)
    if (known) known.isOld = true
  }

  /** @param {string} service */
  #want(service) {
    this.#missing.add(service)
    if (this.#isReading) return
    this.#isReading = true
    setTimeout(() => void this.#read(), PACE)
  }

  async #read() {
    const services = [...this.#missing].slice(0, MOST)
    for (const service of services) this.#missing.delete(service)
    const token = this.#token
    try {
      await this.#readThese(services, token)
      // Only then: a drawing asks again for what is missing, and would do so without an end while the server is away.
      this.#redraw()
    } catch (error) {
      // A server that lost its journal, or a connection that is down: the page says so elsewhere, and goes on without.
      if (error instanceof Refused && token === this.#token) this.isKept = false
    }
    this.#isReading = false
  }

  /** @param {readonly string[]} services @param {string} token */
  async #readThese(services, token) {
    const now = Date.now()
    const words = new URLSearchParams({ since: new Date(now - BACK).toISOString() })
    for (const service of services) words.append('service', service)
    const answer = await ask(`registry/history?${words}`, token, AbortSignal.timeout(20_000))
    /** @type {PastEvent[]} */
    const gaps = []
    const found = new Map(services.map((service) => [service, new Map()]))
    let from = now - BACK
    for await (const line of linesIn(answer)) {
      if (line.error) throw new Error(line.error.msg)
      if (line.journal) from = Math.max(from, Date.parse(line.journal.begins))
      if (line.event?.type === 'gap') gaps.push(line.event)
      else if (line.event?.id !== undefined) keep(found.get(line.event.service), line.event)
    }
    if (token !== this.#token) return
    for (const [service, events] of found) this.#known.set(service, { read: now, from, gaps, events, isOld: false })
  }
}

/** @param {Map<string, PastEvent[]> | undefined} events @param {PastEvent} event */
function keep(events, event) {
  if (!events || event.type === 'malformed') return
  const own = events.get(event.id ?? '') ?? []
  own.push(event)
  if (own.length > KEPT) own.shift()
  events.set(event.id ?? '', own)
}
