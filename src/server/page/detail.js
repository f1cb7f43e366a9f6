import { age, make } from './dom.js'
import { eventsOf } from './timeline.js'
import { amount, duration, printable } from './text.js'

/** @import { Instance } from './picture.js' */
/** @import { Shared } from './display.js' */

/** Milliseconds between two requests to the registry: an instance that is renewed often is another each time. */
const PACE = 5_000

/** All that is known of one instance, and what can be done to it. */
export class Detail {
  element = make('div', { class: 'facts' })
  #facts = make('dl', {})
  #events = make('div', { class: 'events' })
  #tools = make('p', { class: 'tools' })
  #shared
  #service
  #id
  /** As the registry itself said last. @type {Instance | undefined} */
  #read
  /** @type {Instance | undefined} */
  #shown
  #asked = -PACE

  /** @param {Instance} instance @param {Shared} shared */
  constructor({ service, id }, shared) {
    this.#shared = shared
    this.#service = service
    this.#id = id
    this.element.append(this.#facts, this.#tools, this.#events)
  }

  /** @param {Instance} instance */
  isOf({ service, id }) {
    return service === this.#service && id === this.#id
  }

  /** @param {Instance} instance */
  show(instance) {
    const past = this.#shared.past(instance)
    this.#events.replaceChildren(...(past ? eventsOf(past) : []))
    if (this.#shown === instance) return
    this.#shown = instance
    this.#draw(instance)
    if (performance.now() - this.#asked < PACE) return
    this.#asked = performance.now()
    void this.#ask()
  }

  /** The TTL and what else hangs on the lease are read when somebody wants to see them. */
  async #ask() {
    const read = await this.#shared.detail(this.#service, this.#id)
    if (!read || !this.#shown) return
    this.#read = read
    this.#draw(this.#shown)
  }

  /** @param {Instance} instance */
  #draw(instance) {
    const { ttl = this.#read?.ttl, leaseKeys = this.#read?.leaseKeys } = instance
    const others = (leaseKeys ?? []).filter((key) => !instance.keys.includes(key))
    /** @type {[string, (string | Node)[]][]} */
    const facts = [
      ['Status', [text(instance.status), ...(instance.reason ? [': ', text(instance.reason)] : [])]],
      ['Version', words(instance.version)],
      ['Environment', words(instance.env)],
      ['Weight', words(instance.weight)],
      ['TTL', ttl ? [ttlText(ttl)] : []],
      ['Lease', words(instance.lease)],
      ['On that lease', others.length > 0 ? [lines(others)] : []],
      ['Owner', words(instance.owner)],
      ['Registered', time(instance.registeredAt)],
      ['Started', time(instance.startedAt)],
      ['Renewed', time(instance.renewedAt)],
      ['Offline since', time(instance.offlineAt)],
      ['Place', Object.entries(instance.place ?? {}).flatMap(([name, value]) => [text(`${name} ${value}`), ' '])],
      ['Layout', words(instance.layout)],
      [instance.keys.length === 1 ? 'Key' : 'Keys', [lines(instance.keys)]],
    ]
    const known = facts.filter(([, values]) => values.length > 0)
    const rows = known.map(([term, values]) => make('div', {}, make('dt', {}, term), make('dd', {}, ...values)))
    this.#facts.replaceChildren(...rows)
    this.#offer(this.#buttons(instance))
  }

  /** A button that has the focus stays as long as it says what can be done; then the first of the new ones has it. @param {HTMLElement[]} buttons */
  #offer(buttons) {
    if (wordsOf([...this.#tools.children]) === wordsOf(buttons)) return
    const hasFocus = this.#tools.contains(document.activeElement)
    this.#tools.replaceChildren(...buttons)
    if (hasFocus) buttons[0]?.focus()
  }

  /** @param {Instance} instance */
  #buttons({ service, id, status, hosts }) {
    const holdsStatus = this.#read?.holdsStatus === true
    const { actions, propose } = this.#shared
    const targets = [{ service, id }]
    const isOut = status === 'down' || status === 'maintenance'
    const able = actions()
    /** @type {HTMLElement[]} */
    const buttons = []
    const offer = (/** @type {string} */ word, /** @type {Parameters<typeof propose>[0]} */ asked) => {
      const button = make('button', { type: 'button' }, word)
      button.addEventListener('click', () => propose(asked))
      buttons.push(button)
    }
    if (holdsStatus && !isOut && able.includes('offline')) offer('Take offline…', { action: 'offline', targets })
    if (holdsStatus && isOut && able.includes('online')) offer('Put back online…', { action: 'online', targets })
    if (able.includes('deregister')) offer('Deregister…', { action: 'deregister', targets })
    if (able.includes('drain')) for (const host of hosts) offer(`Drain ${printable(host)}…`, { action: 'drain', host })
    return buttons
  }
}

/** @param {readonly Element[]} buttons */
function wordsOf(buttons) {
  return buttons.map(({ textContent }) => textContent).join('\n')
}

/** @param {string} value */
function text(value) {
  return make('bdi', {}, printable(value))
}

/** @param {string | number | undefined} value @returns {Node[]} */
function words(value) {
  return value === undefined || value === '' ? [] : [text(String(value))]
}

/** @param {readonly string[]} values */
function lines(values) {
  return make('ul', {}, ...values.map((value) => make('li', {}, text(value))))
}

/** The time itself, and how long ago that was. @param {string | undefined} value @returns {(string | Node)[]} */
function time(value) {
  if (value === undefined) return []
  return [`${new Date(value).toLocaleString('en-GB', { timeZoneName: 'short' })}, `, age(value), ' ago']
}

/** @param {{ granted?: number, remaining?: number }} ttl */
function ttlText({ granted, remaining }) {
  const parts = [
    ...(granted === undefined ? [] : [amount(granted, 'second')]),
    ...(remaining === undefined ? [] : [`${duration(remaining * 1000)} left when it was read`]),
  ]
  return parts.join(', ')
}
