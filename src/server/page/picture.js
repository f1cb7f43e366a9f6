/**
 * An instance with all that the registry says of it, in the words of the command line.
 *
 * @typedef {object} Instance
 * @property {string} service Under which it is stored.
 * @property {readonly string[]} hosts
 * @property {boolean} holdsStatus It can be taken out of traffic while its record is kept; known once all of it was asked for.
 * @property {string} id
 * @property {string} version
 * @property {Readonly<Record<string, string>>} metadata
 * @property {readonly string[]} endpoints
 * @property {string} status
 * @property {string} [reason]
 * @property {number} [weight]
 * @property {string} [env]
 * @property {readonly string[]} [tags]
 * @property {string} [serviceKind]
 * @property {{ granted?: number, remaining?: number }} [ttl]
 * @property {string} [lease]
 * @property {readonly string[]} [leaseKeys]
 * @property {string} [owner]
 * @property {string} [registeredAt]
 * @property {string} [startedAt]
 * @property {string} [renewedAt]
 * @property {string} [offlineAt]
 * @property {Readonly<Record<string, string>>} [place]
 * @property {string} [layout]
 * @property {readonly string[]} keys
 */

/**
 * An instance as the server sends it.
 *
 * @typedef {object} View
 * @property {string} service
 * @property {readonly string[]} hosts
 * @property {boolean} [status]
 * @property {Omit<Instance, 'service' | 'hosts' | 'holdsStatus'>} instance
 */

/**
 * What became of an instance: `before` is missing where it came, `after` where it went.
 *
 * @typedef {{ before?: Instance, after?: Instance }} Change
 */

/** @typedef {Map<string, Instance>} Instances by id */

/** @param {View} view @returns {Instance} */
export function instanceOf({ service, hosts, status = false, instance }) {
  return { ...instance, service, hosts, holdsStatus: status }
}

/** All instances, by service. */
export class Picture {
  /** @type {Map<string, Instances>} */
  services = new Map()

  /** @param {Instance} instance @returns {Change} */
  put(instance) {
    const instances = this.services.get(instance.service) ?? new Map()
    const before = instances.get(instance.id)
    this.services.set(instance.service, instances.set(instance.id, instance))
    return before ? { before, after: instance } : { after: instance }
  }

  /** @param {Instance} instance @returns {Change} */
  remove(instance) {
    const instances = this.services.get(instance.service)
    instances?.delete(instance.id)
    if (instances?.size === 0) this.services.delete(instance.service)
    return { before: instance }
  }

  *all() {
    for (const instances of this.services.values()) yield* instances.values()
  }

  /** @param {Pick<Instance, 'service' | 'id'>} named */
  twin({ service, id }) {
    return this.services.get(service)?.get(id)
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
  const fields = /** @type {const} */ ([
    'endpoints',
    'version',
    'metadata',
    'weight',
    'env',
    'tags',
    'lease',
    'startedAt',
  ])
  const changed = fields.filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]))
  return changed.length > 0 ? `${changed.join(', ')} changed` : undefined
}

/** @type {WeakMap<Instance, string>} */
const texts = new WeakMap()

/** @param {Instance} instance */
function textOf(instance) {
  const known = texts.get(instance)
  if (known !== undefined) return known
  const { service, id, endpoints, env = 'all', status, version, metadata, tags = [], owner = '' } = instance
  const pairs = Object.entries(metadata).map(([key, value]) => `${key}=${value}`)
  const all = [service, id, ...endpoints, `env=${env}`, status, `version=${version}`, ...pairs, ...tags, owner]
  const text = all.join('\n').toLowerCase()
  texts.set(instance, text)
  return text
}

/**
 * Whether an instance has all the words of a search, and the status that was chosen, if one was; of faults only whether it is not up.
 *
 * @param {{ search: string, status: string, faults: boolean }} wanted
 * @returns {(instance: Instance) => boolean}
 */
export function matcher({ search, status, faults }) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  return (instance) =>
    (status === '' || instance.status === status) &&
    (!faults || instance.status !== 'up') &&
    words.every((word) => textOf(instance).includes(word))
}

/** Best first, as the command line has them. */
const STATUSES = ['up', 'warning', 'starting', 'stopping', 'maintenance', 'unknown', 'unhealthy', 'expired', 'down']

/** How bad a status is; a word that is not known is in the middle. @param {string} status */
export function badness(status) {
  const at = STATUSES.indexOf(status)
  return at < 0 ? STATUSES.indexOf('unknown') : at
}

/** How often each status comes, the best first. @param {Iterable<Instance>} instances */
export function countStatuses(instances) {
  /** @type {Map<string, number>} */
  const counts = new Map()
  for (const { status } of instances) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].toSorted(([a], [b]) => badness(a) - badness(b))
}

/** A class for colours: fine, in between, or not to be called. @param {string} status */
export function toneOf(status) {
  if (status === 'up') return 'up'
  return ['down', 'expired', 'unhealthy'].includes(status) ? 'down' : 'between'
}
