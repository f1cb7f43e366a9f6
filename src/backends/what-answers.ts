import { type Socket, connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { anyOf } from '../model/signals.ts'
import type { Driver } from './contract/driver.ts'
import { drivers } from './index.ts'

/** Milliseconds for an answer, and bytes of it that are read. */
const PATIENCE = 1_000
const ENOUGH = 4_096

/** A server, recognized: its kind, and the URL scheme with which it is spoken to. */
export interface Recognized {
  readonly driver: Driver
  readonly scheme: string
}

/**
 * Asks an endpoint what it is, in the words of each kind of registry, plainly and over TLS. Nothing that says who asks is sent, so
 * the server's certificate is not checked. Undefined: it is none of them, or does not answer.
 */
export async function whatAnswers(endpoint: string, signal: AbortSignal): Promise<Recognized | undefined> {
  for (const secure of [false, true]) {
    const found = await Promise.all(drivers.map((driver) => shows(driver, endpoint, secure, signal)))
    const driver = drivers.find((_, at) => found[at])
    const scheme = driver?.schemes[secure ? 1 : 0]
    if (driver && scheme !== undefined) return { driver, scheme }
  }
  return undefined
}

async function shows({ sign }: Driver, endpoint: string, secure: boolean, signal: AbortSignal): Promise<boolean> {
  if (!sign) return false
  const { hostname, port } = new URL(`http://${endpoint}`)
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80) }
  const socket = secure ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place)
  return sign.shows.test(await heard(socket, sign.ask, signal))
}

/** All that comes until the other side is done, as text; what has come so far where it takes too long. */
function heard(socket: Socket, words: string, signal: AbortSignal): Promise<string> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), PATIENCE)
  const end = anyOf(signal, late.signal)
  return new Promise((resolve) => {
    let text = ''
    const done = (): void => {
      clearTimeout(timer)
      end.removeEventListener('abort', done)
      socket.destroy()
      resolve(text)
    }
    end.addEventListener('abort', done)
    if (end.aborted) done()
    socket.on('error', done).once('close', done)
    socket.on('data', (more: Buffer) => {
      text += more.toString('latin1')
      if (text.length >= ENOUGH) done()
    })
    socket.write(words)
  })
}
