import { badness } from './picture.js'

/** @import { Instance, Picture } from './picture.js' */

/**
 * A service, or a host, with those of its instances that are looked for.
 *
 * @typedef {object} Group
 * @property {string} name Empty: the instances without a host.
 * @property {readonly Instance[]} instances The worst first.
 */

/**
 * What there is to show, the worst first: those of which nothing is up, then those with the most faults.
 *
 * @param {Picture} picture
 * @param {'service' | 'host'} by
 * @param {(instance: Instance) => boolean} matches
 * @returns {Group[]}
 */
export function groupsOf(picture, by, matches) {
  /** @type {Map<string, Group & { instances: Instance[], all: number, faults: number }>} */
  const groups = new Map()
  const add = (/** @type {string} */ name, /** @type {Instance} */ instance, /** @type {boolean} */ isMatch) => {
    let group = groups.get(name)
    if (!group) groups.set(name, (group = { name, instances: [], all: 0, faults: 0 }))
    group.all += 1
    if (instance.status !== 'up') group.faults += 1
    if (isMatch) group.instances.push(instance)
  }
  for (const instance of picture.all()) {
    const isMatch = matches(instance)
    if (by === 'service') add(instance.service, instance, isMatch)
    else for (const host of instance.hosts.length > 0 ? instance.hosts : ['']) add(host, instance, isMatch)
  }
  const found = [...groups.values()].filter(({ instances }) => instances.length > 0)
  for (const { instances } of found) instances.sort(worstFirst)
  return found.sort((a, b) => down(b) - down(a) || b.faults - a.faults || order(a.name, b.name))
}

/** 1 where nothing is up. @param {{ all: number, faults: number }} group */
function down({ all, faults }) {
  return Number(all === faults)
}

/** @param {Instance} a @param {Instance} b */
function worstFirst(a, b) {
  return badness(b.status) - badness(a.status) || order(a.service, b.service) || order(a.id, b.id)
}

/** @param {string} a @param {string} b */
function order(a, b) {
  return a < b ? -1 : Number(a > b)
}

/** How often each version comes, the most frequent first. @param {readonly Instance[]} instances */
export function countVersions(instances) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { version } of instances) if (version !== '') counts.set(version, (counts.get(version) ?? 0) + 1)
  return [...counts].sort(([a, many], [b, more]) => more - many || order(b, a))
}
