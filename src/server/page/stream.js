/** Milliseconds without a byte, not even a heartbeat, after which a connection counts as dead. */
const SILENCE = 40_000
/** Milliseconds before connecting again: at first, and at most. */
const [FIRST, MOST] = [1_000, 15_000]

/**
 * What becomes of a connection, and what it tells.
 *
 * @typedef {object} Listener
 * @property {() => void} opened
 * @property {() => void} heard Anything at all, a heartbeat too.
 * @property {(event: string, data: any) => void} told
 * @property {(why: string) => void} lost
 */

/** An answer other than success. */
export class Refused extends Error {
  /** @param {number} status @param {string} message @param {unknown} [data] */
  constructor(status, message, data) {
    super(message)
    this.status = status
    this.data = data
  }
}

/**
 * Asks this server.
 *
 * @param {string} path
 * @param {string} token Empty: without one.
 * @param {AbortSignal} signal
 * @throws {Refused} for any answer other than success
 */
export async function ask(path, token, signal) {
  return await request(path, token, { signal })
}

/**
 * Sends something to this server, and answers what it says.
 *
 * @param {string} path
 * @param {string} token
 * @param {object} body
 * @throws {Refused} for any answer other than success
 */
export async function send(path, token, body) {
  const answer = await request(path, token, { method: 'POST', body: JSON.stringify(body) })
  return await answer.json()
}

/** @param {string} path @param {string} token @param {RequestInit} init */
async function request(path, token, init) {
  const headers = new Headers(token === '' ? [] : [['authorization', `Bearer ${token}`]])
  if (init.body !== undefined) headers.set('content-type', 'application/json')
  const answer = await fetch(path, { ...init, headers, cache: 'no-store', credentials: 'same-origin' })
  if (answer.ok) return answer
  const { msg, data } = await answer.json().catch(() => ({ msg: `HTTP ${answer.status}` }))
  throw new Refused(answer.status, String(msg), data)
}

/** The lines of JSON of an answer. @param {Response} answer @returns {AsyncGenerator<any, void, undefined>} */
export async function* linesIn({ body }) {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line)
  }
}

/**
 * Reads the registry's events until the signal ends it, and connects again whenever it has to. Every connection begins
 * with a snapshot.
 *
 * @param {string} token
 * @param {AbortSignal} signal
 * @param {Listener} listener
 * @throws {Refused} when the token is not good here
 */
export async function follow(token, signal, listener) {
  for (let attempt = 0; !signal.aborted; attempt += 1) {
    const dead = new AbortController()
    try {
      const answer = await ask('registry/watch?as=instance', token, AbortSignal.any([signal, dead.signal]))
      listener.opened()
      attempt = 0
      await read(answer, dead, listener)
      listener.lost('the server closed the connection')
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Refused && (error.status === 401 || error.status === 403)) throw error
      listener.lost(error instanceof Refused ? error.message : 'the server cannot be reached')
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(MOST, FIRST * 2 ** attempt)))
  }
}

/**
 * EventSource cannot send a token, so the stream is read by hand. Source: the HTML standard, section 9.2.
 *
 * @param {Response} answer
 * @param {AbortController} dead
 * @param {Listener} listener
 */
async function read({ body }, dead, { heard, told }) {
  if (!body) return
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const timer = setTimeout(() => dead.abort(), SILENCE)
    const { done, value } = await reader.read().finally(() => clearTimeout(timer))
    if (done) return
    heard()
    const blocks = (rest + value).split('\n\n')
    rest = blocks.pop() ?? ''
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => fieldOf(line)))
      const data = fields.get('data')
      if (data !== undefined) told(fields.get('event') ?? 'message', JSON.parse(data))
    }
  }
}

/** @param {string} line @returns {[string, string]} */
function fieldOf(line) {
  const colon = line.indexOf(': ')
  return [line.slice(0, colon), line.slice(colon + 2)]
}
