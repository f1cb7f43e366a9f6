import { byId, make, moreButton } from './dom.js'
import { amount, printable } from './text.js'

/**
 * A record that no client can use, as the API explains it.
 *
 * @typedef {object} MalformedRecord
 * @property {string} key
 * @property {string} rule
 * @property {string} title
 * @property {string} message
 * @property {string} cause
 * @property {string} fix
 * @property {string} [lease]
 * @property {readonly string[]} hosts
 */

/** Records before the rest is asked for. */
const FIRST = 6

let shown = ''
let most = FIRST

/** @param {{ total: number, records: readonly MalformedRecord[] }} found */
export function showMalformed({ total, records }) {
  const mark = JSON.stringify([total, records])
  // What is open stays open while it is still there.
  if (mark === shown) return
  shown = mark
  byId('malformed').hidden = total === 0
  byId('malformed-title').textContent = amount(total, 'malformed record')
  const elements = records.slice(0, most).map((record) => elementOf(record))
  const left = records.length - elements.length
  const more = () => {
    most = Infinity
    shown = ''
    showMalformed({ total, records })
  }
  byId('malformed-records').replaceChildren(
    ...elements,
    ...(left > 0 ? [moreButton(`Show ${amount(left, 'more record')}`, more)] : []),
  )
}

/** @param {MalformedRecord} record */
function elementOf({ key, rule, title, message, cause, fix, lease, hosts }) {
  const summary = make(
    'summary',
    {},
    make('span', { class: 'rule' }, printable(rule)),
    make('h3', {}, printable(title)),
    make('code', {}, printable(key)),
  )
  const facts = [
    ['What', message],
    ['Cause', cause],
    ['Fix', fix],
    ['Hosts', hosts.join(', ')],
    ['Lease', lease ?? ''],
  ].filter(([, text]) => text !== '')
  const list = facts.flatMap(([term = '', text = '']) => [make('dt', {}, term), make('dd', {}, printable(text))])
  return make('details', { class: 'record' }, summary, make('dl', {}, ...list))
}
