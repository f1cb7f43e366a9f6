import { wantOpen, wants } from './address.js'
import { arrange, make, moreButton } from './dom.js'
import { countVersions, groupsOf } from './groups.js'
import { InstanceTable } from './instances.js'
import { countStatuses, matcher, toneOf } from './picture.js'
import { amount, printable } from './text.js'

/** @import { Group } from './groups.js' */
/** @import { Picture } from './picture.js' */
/** @import { Shared } from './display.js' */

/** Instances that are shown without opening a service. */
const OPEN = 60
/** Instances that have a mark each; of more, each status has its share. */
const MARKS = 40
/** Versions that are named; of more their number. */
const VERSIONS = 3
/** Services before the rest is asked for, and with each press. */
const FIRST = 200

/** The services, or hosts, that have something to show, the worst first. */
export class ServiceList {
  /** @type {Map<string, ServiceView>} */
  #views = new Map()
  #most = FIRST
  #container
  #shared

  /** @param {HTMLElement} container @param {Shared} shared */
  constructor(container, shared) {
    this.#container = container
    this.#shared = shared
  }

  /** Answers what is shown. @param {Picture} picture */
  show(picture) {
    const wanted = wants()
    const groups = groupsOf(picture, wanted.by, matcher(wanted))
    const count = groups.reduce((sum, { instances }) => sum + instances.length, 0)
    const shown = groups.filter((group, at) => at < this.#most || isMeant(group))
    const views = new Map(shown.map((group) => [group.name, this.#viewOf(group)]))
    this.#views = views
    for (const group of shown) views.get(group.name)?.show(group, count <= OPEN)
    const left = groups.length - shown.length
    const more = () => {
      this.#most += FIRST
      this.#shared.redraw()
    }
    const rest = left > 0 ? [moreButton(`Show more: ${left.toLocaleString('en')} left`, more)] : []
    arrange(this.#container, [...Array.from(views.values(), ({ element }) => element), ...rest])
    return { groups: groups.length, instances: count, chosen: groups.flatMap(({ instances }) => instances) }
  }

  /** @param {Group} group */
  #viewOf({ name }) {
    const known = this.#views.get(name)
    return known?.by === wants().by ? known : new ServiceView(name, this.#shared)
  }
}

/** Whether it is opened or selected by name, so that no bound leaves it out. @param {Group} group */
function isMeant({ name, instances }) {
  const { open, service, id } = wants()
  return open.includes(name) || instances.some((each) => each.service === service && each.id === id)
}

class ServiceView {
  element = make('details', { class: 'service' })
  by = wants().by
  #name
  #shared
  #strip = make('span', { class: 'strip', role: 'img' })
  #versions = make('span', { class: 'versions' })
  #tally = make('span', { class: 'tally' })
  #tools = make('p', { class: 'tools', hidden: '' })
  #table

  /** @param {string} name @param {Shared} shared */
  constructor(name, shared) {
    this.#name = name
    this.#shared = shared
    const title = make('h3', {}, make('bdi', {}, printable(name === '' ? 'no host' : name)))
    const summary = make('summary', {}, title, this.#strip, this.#versions, this.#tally)
    summary.addEventListener('click', (event) => {
      event.preventDefault()
      wantOpen(name, !this.element.open)
      shared.redraw()
    })
    this.#table = new InstanceTable(name, shared)
    this.element.append(summary, this.#tools, this.#table.element)
  }

  /** @param {Group} group @param {boolean} isRoomy */
  show({ name, instances }, isRoomy) {
    const counts = countStatuses(instances)
    const words = counts.map(([status, count]) => `${count.toLocaleString('en')} ${printable(status)}`).join(', ')
    this.#tally.textContent = words
    this.#strip.setAttribute('aria-label', words)
    this.#strip.classList.toggle('shares', instances.length > MARKS)
    this.#strip.replaceChildren(...marksOf(counts, instances.length))
    this.#versions.replaceChildren(...versionsOf(instances))
    const { open, shut, service, id } = wants()
    const isSelected = instances.some((each) => each.service === service && each.id === id)
    const isOpen = !shut.includes(name) && (isRoomy || isSelected || open.includes(name))
    this.element.open = isOpen
    if (!isOpen) return
    this.#showTools()
    this.#table.show(instances)
  }

  #showTools() {
    const { actions, propose } = this.#shared
    const canDrain = wants().by === 'host' && this.#name !== '' && actions().includes('drain')
    this.#tools.hidden = !canDrain
    if (!canDrain || this.#tools.firstChild) return
    const drain = make('button', { type: 'button' }, 'Drain ', make('bdi', {}, printable(this.#name)), '…')
    drain.addEventListener('click', () => propose({ action: 'drain', host: this.#name }))
    this.#tools.append(drain)
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

/** A bar with a share for each version, and the first of them in words. @param {Group['instances']} instances */
function versionsOf(instances) {
  const counts = countVersions(instances)
  if (counts.length === 0) return []
  const named = counts.slice(0, VERSIONS).map(([version, count]) => `${printable(version)} ×${count}`)
  const more = counts.length > VERSIONS ? [`${counts.length - VERSIONS} more`] : []
  const bar = make('span', { class: 'bar-of-versions', 'aria-hidden': 'true' })
  for (const [, count] of counts) {
    const share = make('i', {})
    share.style.flexGrow = String(count)
    bar.append(share)
  }
  const words = make('bdi', { title: amount(counts.length, 'version') }, [...named, ...more].join(', '))
  return counts.length > 1 ? [bar, words] : [words]
}
