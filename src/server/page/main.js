import { onAddress, wantNothing } from './address.js'
import { tellChanges } from './changes.js'
import { Display, drawLink } from './display.js'
import { byId, growOlder, setClock } from './dom.js'
import { History } from './history.js'
import { showMalformed } from './malformed.js'
import { Picture, differences, instanceOf, wordOf } from './picture.js'
import { PlanDialog } from './plan.js'
import { forgetRuns, showRuns } from './runs.js'
import { Refused, ask, follow } from './stream.js'

/** @import { Link, Shared } from './display.js' */
/** @import { Instance } from './picture.js' */

const TOKEN = 'rollcall-token'
/** Milliseconds between looks at what no event tells: malformed records, and whether the registry can be asked. */
const LOOK = 5_000
/** Milliseconds between two looks at what was done. */
const RUNS = 30_000
/** Milliseconds between two drawings, however much happens. */
const PACE = 200

/** What the token of this page may do here. @type {readonly string[]} */
let actions = []
let token = ''
const history = new History(draw)
const plans = new PlanDialog(
  () => token,
  () => void showRuns(token, shared, session.signal),
)
/** @type {Shared} */
const shared = {
  redraw: draw,
  actions: () => actions,
  propose: (asked) => plans.open(asked),
  detail,
  past: (instance) => history.of(instance),
}
const display = new Display(shared)
/** @type {Link} */
let link = { state: 'connecting', heardAt: Date.now(), registry: '' }
/** @type {Picture | undefined} */
let picture
/** What a connection's snapshot has told so far. @type {Picture | undefined} */
let fresh
let session = new AbortController()
let isDrawingDue = false
let isViewed = false
/** Ends the wait for the first picture of a session. */
let arrived = () => {}
let runsAt = 0

/** Reads the registry with this token, or without one. @param {string} given */
async function open(given) {
  session.abort()
  session = new AbortController()
  token = given
  const { signal } = session
  const first = new Promise((resolve) => (arrived = () => resolve(undefined)))
  byId('sign-in').hidden = true
  byId('forget').hidden = token === ''
  try {
    await Promise.race([follow(token, signal, { opened, heard, told, lost }), look(token, signal, first)])
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    leave(token === '' ? '' : `Not let in: ${error.message}.`)
  }
}

/** What the registry itself says of one instance; undefined where it does not answer: the page shows what it has. @param {string} service @param {string} id */
async function detail(service, id) {
  try {
    const answer = await ask(`registry/instance?${new URLSearchParams({ service, id })}`, token, session.signal)
    const { data } = await answer.json()
    return instanceOf(data)
  } catch {
    return undefined
  }
}

/** Where this is, and what may be done here. @param {AbortSignal} signal */
async function readView(signal) {
  const { data } = await (await ask('registry/view', token, signal)).json()
  const place = [data.kind, data.prefix].filter(Boolean).join(' · ')
  link = { ...link, registry: data.registry, place }
  const isSame = JSON.stringify([actions, history.isKept]) === JSON.stringify([data.actions, data.journal])
  if (!isSame || !isViewed) {
    isViewed = true
    actions = data.actions
    history.begin(token, data.journal)
    byId('purge').hidden = !actions.includes('purge-malformed')
  } else if (Date.now() - runsAt < RUNS) return
  runsAt = Date.now()
  await showRuns(token, shared, signal)
}

function opened() {
  fresh = new Picture()
  heard()
}

function heard() {
  link.heardAt = Date.now()
}

/** @param {string} why */
function lost(why) {
  arrived()
  link = { ...link, state: 'lost', why }
  draw()
}

/** @param {string} event @param {any} data */
function told(event, data) {
  if (event === 'snapshot') {
    fresh?.put(instanceOf(data))
    return
  }
  if (event === 'synced') replace()
  if (picture && (event === 'removed' || event === 'added' || event === 'updated')) {
    const instance = instanceOf(data)
    const change = event === 'removed' ? picture.remove(instance) : picture.put(instance)
    if (wordOf(change)) history.changed(instance.service)
    tellChanges([change])
  }
  draw()
}

/** The snapshot is complete; its differences happened while the page was not connected. */
function replace() {
  if (!fresh) return
  if (picture) tellChanges(differences(picture, fresh))
  picture = fresh
  fresh = undefined
  link = { ...link, state: 'live' }
  arrived()
}

/**
 * Asks again and again for what no event tells. Malformed records are looked for by the server, which can take longer than
 * all instances take: they come first.
 *
 * @param {string} asking @param {AbortSignal} signal @param {Promise<unknown>} first The first picture is there, or there is none.
 */
async function look(asking, signal, first) {
  while (!signal.aborted) {
    try {
      await readView(signal)
      await first
      const answer = await ask('registry/malformed', asking, signal)
      setClock(Date.parse(answer.headers.get('date') ?? ''))
      const { data } = await answer.json()
      if (signal.aborted) return
      const isStale = answer.headers.has('x-rollcall-stale')
      const state = link.state === 'live' || link.state === 'stale' ? (isStale ? 'stale' : 'live') : link.state
      link = { ...link, state }
      showMalformed(data)
    } catch (error) {
      // Anything else shows on the stream, or has passed by the next try.
      if (error instanceof Refused && error.status === 401) throw error
    }
    if (!signal.aborted) draw()
    await new Promise((resolve) => setTimeout(resolve, LOOK))
  }
}

function draw() {
  if (isDrawingDue) return
  isDrawingDue = true
  setTimeout(() => {
    isDrawingDue = false
    drawLink(link)
    byId('main').hidden = !picture
    if (picture) display.show(picture)
  }, PACE)
}

/** Forgets the token and all that was read with it, and asks for another. @param {string} why */
function leave(why) {
  session.abort()
  sessionStorage.removeItem(TOKEN)
  plans.close()
  // A link that somebody has followed still counts once a token was given; what was seen with one is forgotten.
  if (picture) wantNothing()
  actions = []
  isViewed = false
  history.begin('', false)
  forgetRuns()
  display.show(new Picture())
  showMalformed({ total: 0, records: [] })
  byId('changes').replaceChildren()
  byId('main').hidden = true
  picture = undefined
  link = { state: 'out', heardAt: Date.now(), registry: '' }
  draw()
  byId('forget').hidden = true
  byId('sign-in').hidden = false
  byId('sign-in-error').textContent = why
  byId('token').focus()
}

byId('sign-in').addEventListener('submit', (event) => {
  event.preventDefault()
  const input = /** @type {HTMLInputElement} */ (byId('token'))
  const given = input.value.trim()
  input.value = ''
  sessionStorage.setItem(TOKEN, given)
  link = { ...link, state: 'connecting' }
  void open(given)
})
byId('forget').addEventListener('click', () => leave(''))
byId('purge').addEventListener('click', () => plans.open({ action: 'purge-malformed' }))
onAddress(draw)
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement && !['radio', 'checkbox'].includes(event.target.type)
  if (
    event.key !== '/' ||
    isTyping ||
    document.querySelector('dialog[open]') ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey
  )
    return
  event.preventDefault()
  byId('search').focus()
})
setInterval(growOlder, 1_000)
void open(sessionStorage.getItem(TOKEN) ?? '')
