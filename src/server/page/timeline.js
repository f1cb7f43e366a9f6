import { make } from './dom.js'
import { toneOf } from './picture.js'
import { amount, duration, printable } from './text.js'

/** @import { Instance } from './picture.js' */
/** @import { Past, PastEvent } from './history.js' */

/** Events that are named one by one. */
const NAMED = 8
/** Parts of a bar that are drawn; of one that flaps for a day the last ones. */
const PARTS = 120

/** @typedef {{ state: string, from: number, to: number }} Part `state`: a status, `gone`, or `unknown` for a gap. */

/** What an instance was, and until when. @param {Past} past @param {Pick<Instance, 'status'>} now @returns {Part[]} */
function partsOf({ read, from, events, gaps }, { status }) {
  const marks = [
    ...events.map((event) => ({ at: Date.parse(event.at), before: stateBefore(event), after: stateAfter(event) })),
    ...gaps.flatMap(({ at, until }) => [
      { at: Date.parse(at), before: undefined, after: 'unknown' },
      ...(until === undefined ? [] : [{ at: Date.parse(until), before: 'unknown', after: undefined }]),
    ]),
  ].sort((a, b) => a.at - b.at)
  let state = marks.find(({ before }) => before !== undefined)?.before ?? status
  /** What it goes on with after a gap. */
  let known = state
  let since = from
  /** @type {Part[]} */
  const parts = []
  for (const { at, after } of marks) {
    if (after !== undefined && after !== 'unknown') known = after
    const next = after ?? known
    if (at > since) {
      parts.push({ state, from: since, to: at })
      since = at
    }
    state = next
  }
  parts.push({ state, from: since, to: Math.max(read, since + 1) })
  return parts.slice(-PARTS)
}

/** @param {PastEvent} event */
function stateBefore({ type, changes = [], instance }) {
  if (type === 'added') return 'gone'
  if (type === 'removed') return instance?.status ?? 'up'
  const status = changes.find(({ field }) => field === 'status')
  return String(status ? status.from : (instance?.status ?? 'up'))
}

/** @param {PastEvent} event */
function stateAfter({ type, changes = [], instance }) {
  if (type === 'removed') return 'gone'
  const status = changes.find(({ field }) => field === 'status')
  return String(status && type === 'updated' ? status.to : (instance?.status ?? 'up'))
}

/** A small bar of what the instance was, with words for those who do not see it, and whether it flaps. @param {Past} past @param {Instance} instance */
export function timelineOf(past, instance) {
  const parts = partsOf(past, instance)
  /** @type {Map<string, number>} */
  const sums = new Map()
  for (const { state, from, to } of parts) sums.set(state, (sums.get(state) ?? 0) + to - from)
  const words = [...sums].map(([state, time]) => `${printable(state)} ${duration(time)}`).join(', ')
  const label = `Last ${duration(past.read - past.from)}: ${words}; ${amount(past.events.length, 'event')}`
  const bar = make('span', { class: 'timeline', role: 'img', 'aria-label': label, title: label })
  for (const { state, from, to } of parts) {
    const part = make('i', { 'data-tone': state === 'gone' || state === 'unknown' ? state : toneOf(state) })
    part.style.flexGrow = String(to - from)
    bar.append(part)
  }
  const flapped = Math.max(0, ...past.events.map((event) => event.flapped ?? 0))
  return flapped > 0 ? [bar, make('span', { class: 'flaps' }, `flapping, ${flapped} times in ten minutes`)] : [bar]
}

/** The last events in words. @param {Past} past */
export function eventsOf({ events, from, read }) {
  const last = events.slice(-NAMED).toReversed()
  const title = make('h4', {}, last.length > 0 ? 'Last events' : `No event in the last ${duration(read - from)}`)
  const items = last.map((event) => {
    const time = make('span', { class: 'when' }, new Date(event.at).toLocaleString('en-GB'))
    const flaps = event.flapped === undefined ? [] : [make('span', { class: 'flaps' }, `flapping ×${event.flapped}`)]
    return make('li', {}, time, ' ', make('bdi', {}, wordOf(event)), ' ', ...flaps)
  })
  return last.length > 0 ? [title, make('ol', {}, ...items)] : [title]
}

/** @param {PastEvent} event */
function wordOf({ type, changes = [] }) {
  if (type !== 'updated') return printable(type)
  return changes.map(({ field, from, to }) => printable(`${field} ${shown(from)} → ${shown(to)}`)).join(', ')
}

/** @param {unknown} value */
function shown(value) {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '–')
  return text.length > 80 ? `${text.slice(0, 80)}…` : text
}
