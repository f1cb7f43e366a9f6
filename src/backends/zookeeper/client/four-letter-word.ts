import { openSocket, type SocketTls } from './place.ts'

/** Bytes: the list of fifty thousand connections has about 10 MB. */
const LONGEST = 16 << 20

/**
 * The whole answer of a server to a four-letter word such as `srvr` or `cons`; for a word that is not allowed, a text
 * that says so (`4lw.commands.whitelist`). Rejects without an answer within `patience` milliseconds. Source: ZooKeeper's
 * Administrator's Guide, "The Four Letter Words".
 */
export function askWord(
  word: string,
  {
    endpoint,
    tls,
    patience,
    signal,
  }: { endpoint: string; tls: SocketTls | undefined; patience: number; signal?: AbortSignal },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    const socket = openSocket(endpoint, tls, () => socket.write(word))
    const stop = (): void => void socket.destroy(new Error('stopped'))
    const late = (): void => void socket.destroy(new Error(`no answer in ${patience} ms`))
    const timer = setTimeout(late, patience)
    signal?.addEventListener('abort', stop, { once: true })
    if (signal?.aborted) stop()
    socket.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length > LONGEST) socket.destroy(new Error('the answer is too long'))
    })
    socket.on('error', reject)
    socket.on('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
      resolve(Buffer.concat(parts, length).toString())
    })
  })
}
