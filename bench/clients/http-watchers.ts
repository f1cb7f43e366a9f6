// Opens so many streams; says when each has told the words of `mark`, and holds them until its input ends.
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'

const [port = '', file = '', token = '', mark = '', count = ''] = process.argv.slice(2)
/** More at once than a listening socket lets wait would be refused. */
const ABREAST = 50

const paths: string[] = JSON.parse(readFileSync(file, 'utf8'))

function open(at: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), '127.0.0.1').setEncoding('latin1')
    let text = ''
    socket.once('error', reject).once('close', () => reject(new Error(`a stream ended: ${text}`)))
    socket.on('data', (chunk: string) => {
      text = (text + chunk).slice(-100_000)
      if (text.includes(mark)) resolve()
    })
    const path = paths[at % paths.length]
    socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n\r\n`)
  })
}

let next = 0
const work = async (): Promise<void> => {
  while (next < Number(count)) await open(next++)
}
await Promise.all(Array.from({ length: ABREAST }, work))
process.stdout.write('held\n')
process.stdin.resume().once('end', () => process.exit(0))
