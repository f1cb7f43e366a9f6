import { age, arrange, make, moreButton } from './dom.js'
import { toneOf, wordOf } from './picture.js'
import { amount, printable } from './text.js'

/** @import { Instance } from './picture.js' */

/** Rows of one service before the rest is asked for. */
const FIRST = 100
const COLUMNS = ['Status', 'Instance', 'Endpoints', 'Metadata', 'Age', 'Renewed']

/** The instances of one service, a row each. */
export class InstanceTable {
  /** @type {Map<string, { row: HTMLTableRowElement, instance: Instance }>} */
  #rows = new Map()
  #most = FIRST
  #body = make('tbody', { role: 'rowgroup' })
  element = make('div', { class: 'instances' })

  /** @param {string} service */
  constructor(service) {
    const heads = COLUMNS.map((column) => make('th', { scope: 'col', role: 'columnheader' }, column))
    const head = make('thead', { role: 'rowgroup' }, make('tr', { role: 'row' }, ...heads))
    const caption = make('caption', { class: 'unseen' }, `Instances of ${printable(service)}`)
    this.element.append(make('table', { role: 'table' }, caption, head, this.#body))
  }

  /** @param {readonly Instance[]} instances */
  show(instances) {
    const shown = instances.slice(0, this.#most)
    const ids = new Set(shown.map(({ id }) => id))
    for (const id of this.#rows.keys()) if (!ids.has(id)) this.#rows.delete(id)
    arrange(
      this.#body,
      shown.map((instance) => this.#rowOf(instance)),
    )
    this.element.querySelector('.more')?.remove()
    const left = instances.length - shown.length
    if (left > 0)
      this.element.append(moreButton(`Show ${amount(left, 'more instance')}`, () => this.#showAll(instances)))
  }

  /** @param {readonly Instance[]} instances */
  #showAll(instances) {
    this.#most = Infinity
    this.show(instances)
  }

  /** @param {Instance} instance */
  #rowOf(instance) {
    const known = this.#rows.get(instance.id)
    if (known?.instance === instance) return known.row
    const row = known?.row ?? make('tr', { role: 'row' })
    row.dataset.tone = toneOf(instance.status)
    row.replaceChildren(...cellsOf(instance))
    if (known && wordOf({ before: known.instance, after: instance })) flash(row)
    this.#rows.set(instance.id, { row, instance })
    return row
  }
}

/** @param {Instance} instance */
function cellsOf(instance) {
  const { id, status, endpoints, metadata, env, weight, tags = [], service_kind: kind } = instance
  const { start_time: started, last_renew_time: renewed } = instance
  const { version, ...others } = metadata
  const pairs = [
    ...(version === undefined ? [] : [['version', version]]),
    ...(env === 'all' ? [] : [['env', env]]),
    ...(weight === 100 ? [] : [['weight', String(weight)]]),
    ...Object.entries(others),
    ...(tags.length === 0 ? [] : [['tags', tags.join(', ')]]),
    ...(kind === undefined ? [] : [['kind', kind]]),
  ]
  return [
    cell('status', make('i', { 'aria-hidden': 'true' }), printable(status)),
    cell('id', make('bdi', {}, printable(id))),
    cell('endpoints', ...endpoints.map((endpoint) => make('bdi', {}, printable(endpoint)))),
    cell('metadata', ...pairs.map(([key = '', value = '']) => pair(key, value))),
    cell('age', age(started)),
    cell('renewed', age(renewed)),
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
