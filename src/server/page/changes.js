import { byId, make } from './dom.js'
import { toneOf, wordOf } from './picture.js'
import { clock, printable } from './text.js'

/** @import { Change } from './picture.js' */

const KEPT = 60

/** Tells of what changed, the last one first; heartbeats are none. @param {readonly Change[]} changes */
export function tellChanges(changes) {
  const items = changes.flatMap((change) => itemOf(change)).slice(-KEPT)
  if (items.length === 0) return
  byId('no-changes').hidden = true
  const list = byId('changes')
  list.prepend(...items.toReversed())
  while (list.children.length > KEPT) list.lastElementChild?.remove()
}

/** @param {Change} change */
function itemOf(change) {
  const word = wordOf(change)
  const instance = change.after ?? change.before
  if (!word || !instance) return []
  const now = Date.now()
  const time = make('span', { class: 'when' }, clock(now))
  const what = make('bdi', { class: 'what' }, `${printable(instance.service)} / ${printable(instance.id)}`)
  const tone = change.after ? toneOf(change.after.status) : 'gone'
  return [make('li', { 'data-tone': tone }, time, what, make('span', { class: 'word' }, printable(word)))]
}
