import { byId, make } from './dom.js'
import { countStatuses, matcher } from './picture.js'
import { ServiceList } from './services.js'
import { amount, clock, printable } from './text.js'

/** @import { Picture } from './picture.js' */

/**
 * How things stand between this page, its server and the registry.
 *
 * @typedef {object} Link
 * @property {'connecting' | 'live' | 'stale' | 'lost' | 'out'} state
 * @property {string} [why] Why the connection is down.
 * @property {number} heardAt Milliseconds since 1970.
 * @property {string} registry
 */

const WORDS = { connecting: 'Connecting', live: 'Live', stale: 'Stale', lost: 'Disconnected', out: 'Signed out' }

/** What the reader wants to see. */
const search = /** @type {HTMLInputElement} */ (byId('search'))
let status = ''

/** @param {Link} link */
export function drawLink({ state, why = '', heardAt, registry }) {
  const link = byId('link')
  link.dataset.state = state
  if (link.textContent !== WORDS[state]) link.textContent = WORDS[state]
  const notice = noticeOf(state, why, heardAt)
  byId('notice').textContent = notice
  byId('notice').hidden = notice === ''
  byId('registry').textContent = printable(registry)
  document.title = registry === '' ? 'rollcall' : `${printable(registry)} – rollcall`
}

/** @param {Link['state']} state @param {string} why @param {number} heardAt */
function noticeOf(state, why, heardAt) {
  const asOf = byId('main').hidden ? '' : ` This is the registry as it was at ${clock(heardAt)}.`
  if (state === 'lost') return `No connection: ${printable(why)}. Trying again.${asOf}`
  if (state === 'stale') return 'The server cannot reach the registry. This is the last picture that it had.'
  return ''
}

/** The part of the page that shows services. `redraw` is called when the reader wants to see something else. */
export class Display {
  #services
  #redraw

  /** @param {() => void} redraw */
  constructor(redraw) {
    this.#redraw = redraw
    this.#services = new ServiceList(byId('services'), redraw)
    search.addEventListener('input', redraw)
    byId('statuses').addEventListener('change', ({ target }) => {
      if (target instanceof HTMLInputElement) status = target.value
      this.#redraw()
    })
  }

  /** @param {Picture} picture */
  show(picture) {
    const counts = countStatuses(picture.all())
    const total = counts.reduce((sum, [, count]) => sum + count, 0)
    byId('totals').textContent = `${amount(picture.services.size, 'service')}, ${amount(total, 'instance')}`
    drawStatuses(counts, total)
    const shown = this.#services.show(picture, matcher(search.value, status))
    byId('found').textContent = foundText(shown, total)
  }
}

/** @param {{ services: number, instances: number }} shown @param {number} total */
function foundText(shown, total) {
  if (total === 0) return 'Nobody is registered here.'
  if (shown.instances === 0) return 'No instance matches.'
  const isNarrowed = search.value.trim() !== '' || status !== ''
  return isNarrowed ? `${amount(shown.instances, 'instance')} of ${amount(shown.services, 'service')}` : ''
}

/**
 * A choice for each status that there is; the chosen one stays though its last instance is gone.
 *
 * @param {readonly [string, number][]} counts
 * @param {number} total
 */
function drawStatuses(counts, total) {
  const rows = [/** @type {const} */ (['', total]), ...counts]
  if (!rows.some(([each]) => each === status)) rows.push([status, 0])
  const fieldset = byId('statuses')
  const mark = JSON.stringify(rows)
  if (fieldset.dataset.mark === mark) return
  const hadFocus = fieldset.contains(document.activeElement)
  const labels = rows.map(([each, count]) => {
    const input = make('input', { type: 'radio', name: 'status', value: each })
    input.checked = each === status
    return make('label', {}, input, printable(each || 'all'), ' ', make('b', {}, count.toLocaleString('en')))
  })
  for (const label of fieldset.querySelectorAll('label')) label.remove()
  fieldset.append(...labels)
  fieldset.dataset.mark = mark
  if (hadFocus)
    labels
      .find((label) => label.querySelector('input')?.checked)
      ?.querySelector('input')
      ?.focus()
}
