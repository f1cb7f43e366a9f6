import { want, wants } from './address.js'
import { Detail } from './detail.js'
import { age, arrange, make, moreButton } from './dom.js'
import { toneOf, wordOf } from './picture.js'
import { timelineOf } from './timeline.js'
import { amount, printable } from './text.js'

/** @import { Instance } from './picture.js' */
/** @import { Shared } from './display.js' */

/** Rows of one service before the rest is asked for, and with each press. */
const FIRST = 100
const MORE = 500
const COLUMNS = ['Status', 'Instance', 'Endpoints', 'Metadata', 'Age', 'Renewed']

/** @typedef {{ row: HTMLTableRowElement, instance: Instance, past: HTMLElement, button: HTMLButtonElement }} Row */

/** The instances of one service or host, a row each. */
export class InstanceTable {
  /** @type {Map<string, Row>} */
  #rows = new Map()
  #most = FIRST
  #body = make('tbody', { role: 'rowgroup' })
  #shared
  /** @type {Detail | undefined} */
  #detail
  #detailRow = make('tr', { role: 'row', class: 'detail' })
  element = make('div', { class: 'instances' })

  /** @param {string} name @param {Shared} shared */
  constructor(name, shared) {
    this.#shared = shared
    const heads = COLUMNS.map((column) => make('th', { scope: 'col', role: 'columnheader' }, column))
    const head = make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads))
    const caption = make('caption', { class: 'unseen' }, `Instances of ${printable(name || 'no host')}`)
    this.element.append(make('table', { role: 'table' }, caption, head, this.#body))
  }

  /** @param {readonly Instance[]} instances */
  show(instances) {
    const { service, id } = wants()
    const shown = instances.filter((each, at) => at < this.#most || (each.service === service && each.id === id))
    const keys = new Set(shown.map(keyOf))
    for (const key of this.#rows.keys()) if (!keys.has(key)) this.#rows.delete(key)
    const rows = shown.flatMap((instance) => {
      const isSelected = instance.service === service && instance.id === id
      const { row, button, past } = this.#rowOf(instance)
      button.setAttribute('aria-expanded', String(isSelected))
      this.#showPast(instance, past)
      return isSelected ? [row, this.#detailOf(instance)] : [row]
    })
    arrange(this.#body, rows)
    this.element.querySelector('.more')?.remove()
    const left = instances.length - shown.length
    if (left > 0)
      this.element.append(moreButton(`Show ${amount(left, 'more instance')}`, () => this.#showMore(instances)))
  }

  /** @param {readonly Instance[]} instances */
  #showMore(instances) {
    this.#most += MORE
    this.show(instances)
  }

  /** @param {Instance} instance */
  #detailOf(instance) {
    if (this.#detail?.isOf(instance) !== true) {
      this.#detail = new Detail(instance, this.#shared)
      this.#detailRow.replaceChildren(
        make('td', { role: 'cell', colspan: String(COLUMNS.length) }, this.#detail.element),
      )
    }
    this.#detail.show(instance)
    return this.#detailRow
  }

  /** @param {Instance} instance @param {HTMLElement} place */
  #showPast(instance, place) {
    const past = this.#shared.past(instance)
    const mark = past ? String(past.read) : ''
    if (place.dataset.mark === mark) return
    place.dataset.mark = mark
    place.replaceChildren(...(past ? timelineOf(past, instance) : []))
  }

  /** @param {Instance} instance @returns {Row} */
  #rowOf(instance) {
    const known = this.#rows.get(keyOf(instance))
    if (known?.instance === instance) return known
    const row = known?.row ?? make('tr', { role: 'row' })
    const button = known?.button ?? this.#buttonOf(instance)
    const past = known?.past ?? make('span', { class: 'past' })
    row.dataset.tone = toneOf(instance.status)
    const cells = cellsOf(instance)
    if (known) {
      // The cell with the button stays, or that would lose the focus.
      const old = Array.from(row.children).filter((each) => !each.contains(button))
      for (const [at, each] of cells.entries()) old[at]?.replaceWith(each)
    } else {
      const { service } = instance
      const byHost = wants().by === 'host' ? [make('bdi', { class: 'soft' }, `${printable(service)} /`), ' '] : []
      row.append(...cells)
      row.insertBefore(cell('id', ...byHost, button, past), row.children[1] ?? null)
    }
    if (known && wordOf({ before: known.instance, after: instance })) flash(row)
    const entry = { row, instance, past, button }
    this.#rows.set(keyOf(instance), entry)
    return entry
  }

  /** @param {Instance} instance */
  #buttonOf({ service, id }) {
    const button = make('button', { type: 'button', class: 'name' }, make('bdi', {}, printable(id)))
    button.addEventListener('click', () => {
      const isOpen = wants().service === service && wants().id === id
      want(isOpen ? { service: '', id: '' } : { service, id }, { step: true })
      this.#shared.redraw()
    })
    return button
  }
}

/** @param {Instance} instance */
function keyOf({ service, id }) {
  return `${service}\n${id}`
}

/** @param {Instance} instance */
function cellsOf(instance) {
  const { status, reason, version, endpoints, metadata, env = 'all', weight = 100, tags = [], serviceKind } = instance
  /** @type {[string, string][]} */
  const pairs = [
    ...(version === '' ? [] : [/** @type {[string, string]} */ (['version', version])]),
    ...(env === 'all' ? [] : [/** @type {[string, string]} */ (['env', env])]),
    ...(weight === 100 ? [] : [/** @type {[string, string]} */ (['weight', String(weight)])]),
    ...Object.entries(metadata).filter(([key, value]) => key !== 'version' || value !== version),
    ...(tags.length === 0 ? [] : [/** @type {[string, string]} */ (['tags', tags.join(', ')])]),
    ...(serviceKind === undefined ? [] : [/** @type {[string, string]} */ (['kind', serviceKind])]),
  ]
  const mark = make('i', { 'aria-hidden': 'true' })
  const word = make('span', reason === undefined ? {} : { title: printable(reason) }, printable(status))
  return [
    cell('status', mark, word),
    cell('endpoints', ...endpoints.map((endpoint) => make('bdi', {}, printable(endpoint)))),
    cell('metadata', ...pairs.map(([key, value]) => pair(key, value))),
    cell('age', age(instance.startedAt ?? instance.registeredAt ?? '')),
    cell('renewed', age(instance.renewedAt ?? '')),
  ]
}

/** @param {string} key @param {string} value */
function pair(key, value) {
  return make(
    'span',
    { class: 'pair' },
    make('bdi', { class: 'soft' }, printable(key)),
    ' ',
    make('bdi', {}, printable(value)),
  )
}

/** @param {string} kind @param {(Node | string)[]} children */
function cell(kind, ...children) {
  return make('td', { role: 'cell', class: kind }, ...children)
}

/** @param {HTMLElement} row */
function flash(row) {
  row.classList.remove('changed')
  void row.offsetWidth // a style that is taken away and put back at once would not move
  row.classList.add('changed')
}
