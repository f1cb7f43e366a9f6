/**
 * What the reader wants to see, as the address has it, so that a link shows the same. A token is never part of it.
 *
 * @typedef {object} Wanted
 * @property {string} search
 * @property {string} status Empty: every one.
 * @property {boolean} faults Only what is not up.
 * @property {'service' | 'host'} by
 * @property {readonly string[]} open Services or hosts that were opened by hand.
 * @property {readonly string[]} shut Those that were shut by hand.
 * @property {string} service Of the selected instance; empty without one.
 * @property {string} id
 */

/** @type {Wanted} */
const NOTHING = { search: '', status: '', faults: false, by: 'service', open: [], shut: [], service: '', id: '' }

/** @returns {Wanted} */
function read() {
  const words = new URLSearchParams(location.hash.slice(1))
  const word = (/** @type {string} */ name) => words.get(name) ?? ''
  return {
    search: word('search'),
    status: word('status'),
    faults: words.has('faults'),
    by: word('by') === 'host' ? 'host' : 'service',
    open: words.getAll('open'),
    shut: words.getAll('shut'),
    service: word('service'),
    id: word('id'),
  }
}

/** @param {Wanted} wanted */
function written({ search, status, faults, by, open, shut, service, id }) {
  const words = new URLSearchParams()
  if (search !== '') words.set('search', search)
  if (status !== '') words.set('status', status)
  if (faults) words.set('faults', '')
  if (by === 'host') words.set('by', by)
  for (const name of open) words.append('open', name)
  for (const name of shut) words.append('shut', name)
  if (service !== '' || id !== '') {
    words.set('service', service)
    words.set('id', id)
  }
  const text = words.toString()
  return text === '' ? location.pathname : `#${text}`
}

let wanted = read()

/** What the reader wants to see now. */
export function wants() {
  return wanted
}

/**
 * Wants something else. What is a step to go back from becomes an entry of the browser's history; a letter that is typed does not.
 *
 * @param {Partial<Wanted>} change
 * @param {{ step?: boolean }} [how]
 */
export function want(change, { step = false } = {}) {
  wanted = { ...wanted, ...change }
  if (step) history.pushState(null, '', written(wanted))
  else history.replaceState(null, '', written(wanted))
}

/** Forgets what was wanted: who signs in next may not even see its names. */
export function wantNothing() {
  want(NOTHING)
}

/** Opens a service or host, or shuts it. @param {string} name @param {boolean} isOpen */
export function wantOpen(name, isOpen) {
  const others = (/** @type {readonly string[]} */ names) => names.filter((each) => each !== name)
  const [open, shut] = [others(wanted.open), others(wanted.shut)]
  want(isOpen ? { open: [...open, name], shut } : { open, shut: [...shut, name] }, { step: true })
}

/** Calls when the address has changed: another link, back, forward. @param {() => void} changed */
export function onAddress(changed) {
  addEventListener('popstate', () => {
    wanted = read()
    changed()
  })
}
