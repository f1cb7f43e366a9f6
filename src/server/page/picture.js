/**
 * An instance as the API answers it.
 *
 * @typedef {object} Instance
 * @property {string} id
 * @property {string} name
 * @property {string} address
 * @property {string} env
 * @property {string} start_time
 * @property {string} offline_time
 * @property {string} last_renew_time
 * @property {Readonly<Record<string, string>>} metadata
 * @property {number} weight
 * @property {string} status
 * @property {readonly string[]} endpoints
 * @property {readonly string[]} [tags]
 * @property {string} [service_kind]
 */

/**
 * What became of an instance: `before` is missing where it came, `after` where it went.
 *
 * @typedef {{ before?: Instance, after?: Instance }} Change
 */

/** @typedef {Map<string, Instance>} Instances by id */

/** All instances, by service. */
export class Picture {
  /** @type {Map<string, Instances>} */
  services = new Map()

  /** @param {Instance} instance @returns {Change} */
  put(instance) {
    const instances = this.services.get(instance.name) ?? new Map()
    const before = instances.get(instance.id)
    this.services.set(instance.name, instances.set(instance.id, instance))
    return before ? { before, after: instance } : { after: instance }
  }

  /** @param {Instance} instance @returns {Change} */
  remove(instance) {
    const instances = this.services.get(instance.name)
    instances?.delete(instance.id)
    if (instances?.size === 0) this.services.delete(instance.name)
    return { before: instance }
  }

  *all() {
    for (const instances of this.services.values()) yield* instances.values()
  }

  /** @param {Instance} instance */
  twin({ name, id }) {
    return this.services.get(name)?.get(id)
  }
}

/** The changes from one picture to the next. @param {Picture} before @param {Picture} after */
export function differences(before, after) {
  /** @type {Change[]} */
  const changes = []
  for (const instance of before.all()) if (!after.twin(instance)) changes.push({ before: instance })
  for (const instance of after.all()) {
    const twin = before.twin(instance)
    changes.push(twin ? { before: twin, after: instance } : { after: instance })
  }
  return changes
}

/** In one sentence what changed; undefined for a heartbeat, which changes nothing else. @param {Change} change */
export function wordOf({ before, after }) {
  if (!after) return 'removed'
  if (!before) return `added, ${after.status}`
  if (before.status !== after.status) return `${before.status} → ${after.status}`
  const fields = /** @type {const} */ (['endpoints', 'metadata', 'weight', 'env', 'tags', 'start_time'])
  const changed = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  return changed.length > 0 ? `${changed.join(', ')} changed` : undefined
}

/** @type {WeakMap<Instance, string>} */
const texts = new WeakMap()

/** @param {Instance} instance */
function textOf(instance) {
  const known = texts.get(instance)
  if (known !== undefined) return known
  const { name, id, endpoints, env, status, metadata, tags = [] } = instance
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`)
  const text = [name, id, ...endpoints, `env=${env}`, status, ...pairs, ...tags].join('\n').toLowerCase()
  texts.set(instance, text)
  return text
}

/**
 * Whether an instance has all the words of a search, and the status that was chosen, if one was.
 *
 * @param {string} search
 * @param {string} status
 * @returns {(instance: Instance) => boolean}
 */
export function matcher(search, status) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return (instance) =>
    (status === '' || instance.status === status) && words.every((word) => textOf(instance).includes(word))
}

/** How often each status comes, the healthy one first, then the most frequent. @param {Iterable<Instance>} instances */
export function countStatuses(instances) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { status } of instances) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].toSorted((a, b) => rank(b) - rank(a))
}

/** @param {readonly [string, number]} row */
function rank([status, count]) {
  return status === 'active' ? Infinity : count
}

/** A class for colours: fine, unknown, or not to be called. @param {string} status */
export function toneOf(status) {
  if (status === 'active') return 'up'
  return ['inactive', 'expired', 'unhealthy'].includes(status) ? 'down' : 'between'
}
