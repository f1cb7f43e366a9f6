import { want, wants } from './address.js'
import { byId, make } from './dom.js'
import { download } from './download.js'
import { countStatuses } from './picture.js'
import { ServiceList } from './services.js'
import { amount, clock, printable } from './text.js'

/** @import { Past } from './history.js' */
/** @import { Instance, Picture } from './picture.js' */
/** @import { Asked } from './plan.js' */

/**
 * What the parts of the page have in common.
 *
 * @typedef {object} Shared
 * @property {() => void} redraw Draws everything anew, soon.
 * @property {() => readonly string[]} actions What the token may do here.
 * @property {(asked: Asked) => void} propose Shows what a change would do, and asks.
 * @property {(service: string, id: string) => Promise<Instance | undefined>} detail All that the registry itself says of one instance.
 * @property {(instance: Instance) => Past | undefined} past What the journal has of it; undefined where there is none.
 */

/**
 * How things stand between this page, its server and the registry.
 *
 * @typedef {object} Link
 * @property {'connecting' | 'live' | 'stale' | 'lost' | 'out'} state
 * @property {string} [why] Why the connection is down.
 * @property {number} heardAt Milliseconds since 1970.
 * @property {string} registry
 * @property {string} [place] Its kind, and where in it the records are.
 */

const WORDS = { connecting: 'Connecting', live: 'Live', stale: 'Stale', lost: 'Disconnected', out: 'Signed out' }

const search = /** @type {HTMLInputElement} */ (byId('search'))
const faults = /** @type {HTMLInputElement} */ (byId('faults'))

/** @param {Link} link */
export function drawLink({ state, why = '', heardAt, registry, place = '' }) {
  const link = byId('link')
  link.dataset.state = state
  if (link.textContent !== WORDS[state]) link.textContent = WORDS[state]
  const notice = noticeOf(state, why, heardAt)
  byId('notice').textContent = notice
  byId('notice').hidden = notice === ''
  byId('registry').textContent = printable(registry)
  byId('place').textContent = printable(place)
  document.title = registry === '' ? 'rollcall' : `${printable(registry)} – rollcall`
}

/** @param {Link['state']} state @param {string} why @param {number} heardAt */
function noticeOf(state, why, heardAt) {
  const asOf = byId('main').hidden ? '' : ` This is the registry as it was at ${clock(heardAt)}.`
  if (state === 'lost') return `No connection: ${printable(why)}. Trying again.${asOf}`
  if (state === 'stale') return 'The server cannot reach the registry. This is the last picture that it had.'
  return ''
}

/** The part of the page that shows services. */
export class Display {
  #services
  #redraw
  /** @type {readonly Instance[]} */
  #chosen = []

  /** @param {Shared} shared */
  constructor(shared) {
    this.#redraw = shared.redraw
    this.#services = new ServiceList(byId('services'), shared)
    search.addEventListener('input', () => this.#want({ search: search.value }))
    faults.addEventListener('change', () => this.#want({ faults: faults.checked }))
    byId('statuses').addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#want({ status: target.value })
    })
    byId('by').addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) this.#want({ by: target.value === 'host' ? 'host' : 'service' })
    })
    for (const format of /** @type {const} */ (['csv', 'json']))
      byId(`save-${format}`).addEventListener('click', () => download(this.#chosen, format))
  }

  /** @param {Parameters<typeof want>[0]} change */
  #want(change) {
    want(change)
    this.#redraw()
  }

  /** @param {Picture} picture */
  show(picture) {
    const counts = countStatuses(picture.all())
    const total = counts.reduce((sum, [, count]) => sum + count, 0)
    byId('totals').textContent = `${amount(picture.services.size, 'service')}, ${amount(total, 'instance')}`
    drawWanted()
    drawStatuses(counts, total)
    const shown = this.#services.show(picture)
    this.#chosen = shown.chosen
    byId('found').textContent = foundText(shown, total)
  }
}

/** What another link, or the way back, wants. */
function drawWanted() {
  const wanted = wants()
  if (search.value !== wanted.search) search.value = wanted.search
  faults.checked = wanted.faults
  const by = byId('by').querySelector(`[value=${wanted.by}]`)
  if (by instanceof HTMLInputElement) by.checked = true
}

/** @param {{ groups: number, instances: number }} shown @param {number} total */
function foundText(shown, total) {
  const wanted = wants()
  const isNarrowed = wanted.search.trim() !== '' || wanted.status !== '' || wanted.faults
  if (total === 0) return 'Nobody is registered here.'
  if (shown.instances === 0) return wanted.faults ? 'No fault matches.' : 'No instance matches.'
  return isNarrowed ? `${amount(shown.instances, 'instance')} of ${amount(shown.groups, wanted.by)}` : ''
}

/**
 * A choice for each status that there is; the chosen one stays though its last instance is gone.
 *
 * @param {readonly [string, number][]} counts
 * @param {number} total
 */
function drawStatuses(counts, total) {
  const { status } = wants()
  const rows = [/** @type {const} */ (['', total]), ...counts]
  if (!rows.some(([each]) => each === status)) rows.push([status, 0])
  const fieldset = byId('statuses')
  const mark = JSON.stringify(rows)
  if (fieldset.dataset.mark !== mark) drawChoices(fieldset, rows)
  fieldset.dataset.mark = mark
  for (const input of fieldset.querySelectorAll('input')) input.checked = input.value === status
}

/** @param {HTMLElement} fieldset @param {readonly (readonly [string, number])[]} rows */
function drawChoices(fieldset, rows) {
  const hadFocus = fieldset.contains(document.activeElement)
  const { status } = wants()
  const labels = rows.map(([each, count]) => {
    const input = make('input', { type: 'radio', name: 'status', value: each })
    return make('label', {}, input, printable(each || 'all'), ' ', make('b', {}, count.toLocaleString('en')))
  })
  for (const label of fieldset.querySelectorAll('label')) label.remove()
  fieldset.append(...labels)
  const inputs = Array.from(fieldset.querySelectorAll('input'))
  if (hadFocus) inputs.find(({ value }) => value === status)?.focus()
}
