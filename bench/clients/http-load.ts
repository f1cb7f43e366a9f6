// Asks for the paths of a file, one after the other on each of some connections, and writes on standard output how many
// answers came a second, and in which time 99 of 100 did: milliseconds. Reads HTTP by hand, so that the server is measured.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { percentile } from '../harness/statistics.ts'

const [port = '', file = '', token = ''] = process.argv.slice(2)
const CONNECTIONS = 16
/** Milliseconds: before counting, and counted. */
const [WARM, COUNTED] = [2_000, 6_000]

const paths: string[] = JSON.parse(readFileSync(file, 'utf8'))
const begun = performance.now() + WARM
const times: number[] = []
let next = 0

/** Whether the text is a whole answer; throws for one that is no success. */
function isWhole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head < 0) return false
  if (!text.startsWith('HTTP/1.1 200 ')) throw new Error(text.slice(0, 500))
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2)) ?? []
  return length === undefined ? text.endsWith('\r\n0\r\n\r\n') : text.length >= head + 4 + Number(length)
}

/** One connection, for as long as is counted. */
function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1').setNoDelay(true).setEncoding('latin1')
    let [text, asked] = ['', 0]
    const send = (): void => {
      text = ''
      asked = performance.now()
      const path = paths[next++ % paths.length]
      socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
    }
    socket.once('error', reject).once('connect', send)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (!isWhole(text)) return
      const now = performance.now()
      if (asked >= begun) times.push(now - asked)
      if (now < begun + COUNTED) return send()
      socket.destroy()
      resolve()
    })
  })
}

await Promise.all(Array.from({ length: CONNECTIONS }, ask))
process.stdout.write(JSON.stringify({ rate: (times.length * 1_000) / COUNTED, p99: percentile(times, 0.99) }))
