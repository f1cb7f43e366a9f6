import { tellChanges } from './changes.js'
import { Display, drawLink } from './display.js'
import { byId, growOlder, setClock } from './dom.js'
import { showMalformed } from './malformed.js'
import { Picture, differences } from './picture.js'
import { Refused, ask, follow } from './stream.js'

/** @import { Link } from './display.js' */

const TOKEN = 'rollcall-token'
/** Milliseconds between looks at what no event tells: malformed records, and whether the registry can be asked. */
const LOOK = 5_000
/** Milliseconds between two drawings, however much happens. */
const PACE = 200

const display = new Display(draw)
/** @type {Link} */
let link = { state: 'connecting', heardAt: Date.now(), registry: '' }
/** @type {Picture | undefined} */
let picture
/** What a connection's snapshot has told so far. @type {Picture | undefined} */
let fresh
let session = new AbortController()
let isDrawingDue = false

/** Reads the registry with this token, or without one. @param {string} token */
async function open(token) {
  session.abort()
  session = new AbortController()
  const { signal } = session
  byId('sign-in').hidden = true
  byId('forget').hidden = token === ''
  try {
    await Promise.race([follow(token, signal, { opened, heard, told, lost }), look(token, signal)])
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    leave(token === '' ? '' : `Not let in: ${error.message}.`)
  }
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
  link = { ...link, state: 'lost', why }
  draw()
}

/** @param {string} event @param {any} data */
function told(event, data) {
  if (event === 'snapshot') fresh?.put(data)
  if (event === 'synced') replace()
  if (event === 'removed' && picture) tellChanges([picture.remove(data)])
  if ((event === 'added' || event === 'updated') && picture) tellChanges([picture.put(data)])
  draw()
}

/** The snapshot is complete; its differences happened while the page was not connected. */
function replace() {
  if (!fresh) return
  if (picture) tellChanges(differences(picture, fresh))
  picture = fresh
  fresh = undefined
  link = { ...link, state: 'live' }
}

/** Asks again and again for what no event tells. @param {string} token @param {AbortSignal} signal */
async function look(token, signal) {
  while (!signal.aborted) {
    try {
      const answer = await ask('registry/malformed', token, signal)
      setClock(Date.parse(answer.headers.get('date') ?? ''))
      const { data } = await answer.json()
      const isStale = answer.headers.has('x-rollcall-stale')
      const state = link.state === 'live' || link.state === 'stale' ? (isStale ? 'stale' : 'live') : link.state
      link = { ...link, state, registry: data.registry }
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
  const token = input.value.trim()
  input.value = ''
  sessionStorage.setItem(TOKEN, token)
  link = { ...link, state: 'connecting' }
  void open(token)
})
byId('forget').addEventListener('click', () => leave(''))
document.addEventListener('keydown', (event) => {
  const isTyping = event.target instanceof HTMLInputElement && event.target.type !== 'radio'
  if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
  event.preventDefault()
  byId('search').focus()
})
setInterval(growOlder, 1_000)
void open(sessionStorage.getItem(TOKEN) ?? '')
