import { arrange, make } from './dom.js'
import { InstanceTable } from './instances.js'
import { countStatuses, toneOf } from './picture.js'
import { printable } from './text.js'

/** @import { Instance, Picture } from './picture.js' */

/** Instances that are shown without opening a service. */
const OPEN = 60
/** Instances that have a mark each; of more, each status has its share. */
const MARKS = 40

/** The services that have something to show, in order. */
export class ServiceList {
  /** @type {Map<string, ServiceView>} */
  #views = new Map()
  #container
  #redraw

  /** @param {HTMLElement} container @param {() => void} redraw Called when a service was opened. */
  constructor(container, redraw) {
    this.#container = container
    this.#redraw = redraw
  }

  /** Answers what is shown. @param {Picture} picture @param {(instance: Instance) => boolean} matches */
  show(picture, matches) {
    const found = [...picture.services]
      .map(([name, all]) => ({ name, instances: [...all.values()].filter(matches) }))
      .filter(({ instances }) => instances.length > 0)
      .toSorted((a, b) => order(a.name, b.name))
    const count = found.reduce((sum, { instances }) => sum + instances.length, 0)
    for (const name of this.#views.keys()) if (!picture.services.has(name)) this.#views.delete(name)
    const elements = found.map(({ name, instances }) => {
      const view = this.#views.get(name) ?? new ServiceView(name, this.#redraw)
      this.#views.set(name, view)
      view.show(
        instances.toSorted((a, b) => order(a.id, b.id)),
        count <= OPEN,
      )
      return view.element
    })
    arrange(this.#container, elements)
    return { services: found.length, instances: count }
  }
}

class ServiceView {
  element = make('details', { class: 'service' })
  #strip = make('span', { class: 'strip', 'aria-hidden': 'true' })
  #tally = make('span', { class: 'tally' })
  #table
  /** What the reader has chosen; undefined before that. @type {boolean | undefined} */
  #choice

  /** @param {string} name @param {() => void} redraw */
  constructor(name, redraw) {
    const title = make('h3', {}, make('bdi', {}, printable(name)))
    const summary = make('summary', {}, title, this.#strip, this.#tally)
    summary.addEventListener('click', () => {
      this.#choice = !this.element.open
      redraw()
    })
    this.#table = new InstanceTable(name)
    this.element.append(summary, this.#table.element)
  }

  /** @param {readonly Instance[]} instances @param {boolean} isRoomy */
  show(instances, isRoomy) {
    const counts = countStatuses(instances)
    const words = counts.map(([status, count]) => `${count.toLocaleString('en')} ${printable(status)}`)
    this.#tally.textContent = words.join(', ')
    this.#strip.classList.toggle('shares', instances.length > MARKS)
    this.#strip.replaceChildren(...marksOf(counts, instances.length))
    const isOpen = this.#choice ?? isRoomy
    if (this.#choice === undefined) this.element.open = isOpen
    if (isOpen) this.#table.show(instances)
  }
}

/** @param {readonly [string, number][]} counts @param {number} total */
function marksOf(counts, total) {
  return counts.flatMap(([status, count]) => {
    const mark = () => make('i', { 'data-tone': toneOf(status) })
    if (total <= MARKS) return Array.from({ length: count }, mark)
    const share = mark()
    share.style.flexGrow = String(count)
    return [share]
  })
}

/** @param {string} a @param {string} b */
function order(a, b) {
  return a < b ? -1 : Number(a > b)
}
