import { duration, timeOf } from './text.js'

/** An element of the page that index.html has. @param {string} id */
export function byId(id) {
  const element = document.getElementById(id)
  if (!element) throw new Error(`the page has no #${id}`)
  return element
}

/**
 * A new element. Strings among its children become text, never markup.
 *
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Readonly<Record<string, string>>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, attributes, ...children) {
  const element = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** Between the clock of the server and ours, in milliseconds. */
let ahead = 0

/** @param {number} serverTime Milliseconds since 1970, as the server has it now. */
export function setClock(serverTime) {
  ahead = serverTime - Date.now()
}

/**
 * How long ago a time of the API was; it grows with `growOlder`.
 *
 * @param {string} time
 * @returns {Node | string}
 */
export function age(time) {
  if (timeOf(time) === undefined) return make('span', { class: 'none', 'aria-label': 'not known' }, '–')
  const element = make('time', { datetime: time, title: time })
  grow(element)
  return element
}

/** Brings every age on the page up to now. */
export function growOlder() {
  for (const element of document.querySelectorAll('time')) grow(element)
}

/** @param {HTMLTimeElement} element */
function grow(element) {
  const text = duration(Date.now() + ahead - (timeOf(element.dateTime) ?? 0))
  if (element.textContent !== text) element.textContent = text
}

/**
 * Makes these the children, in this order, and moves nothing that is in its place already: what has the focus keeps it.
 *
 * @param {Element} parent
 * @param {readonly Element[]} children
 */
export function arrange(parent, children) {
  const wanted = new Set(children)
  for (const child of Array.from(parent.children)) if (!wanted.has(child)) child.remove()
  for (const [at, child] of children.entries())
    if (parent.children[at] !== child) parent.insertBefore(child, parent.children[at] ?? null)
}

/**
 * A button that shows what a long list has left out.
 *
 * @param {string} text
 * @param {() => void} pressed
 */
export function moreButton(text, pressed) {
  const button = make('button', { type: 'button', class: 'more' }, text)
  button.addEventListener('click', pressed)
  return button
}
