import { type ClientHttp2Stream, constants } from 'node:http2'
import { onAbort } from '../../model/signals.ts'
import type { EtcdSession } from './connection.ts'
import { framed } from './grpc.ts'

const { NGHTTP2_CANCEL: CANCEL } = constants
const AT_ONCE = 64
/** Bytes before a message. */
const HEAD = 5

interface BulkCalls<T> {
  readonly headers: Record<string, string>
  readonly decode: (message: Buffer) => T
  /** Milliseconds without any answer after which the others are given up. */
  readonly patience: number
  readonly signal?: AbortSignal | undefined
}

/**
 * Makes many small calls of one method, with one time limit and one listener for all: calls with their own cost twice as much.
 * Resolves with their answers by place. What does not succeed plainly, for whatever reason, has none: a call of its own has to find
 * out why. Rejects with the signal's reason alone.
 */
export function callInBulk<T>(
  session: EtcdSession,
  requests: readonly Uint8Array[],
  { headers, decode, patience, signal }: BulkCalls<T>,
): Promise<(T | undefined)[]> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const answers: (T | undefined)[] = requests.map(() => undefined)
    const open = new Set<ClientHttp2Stream>()
    let next = 0
    let isOver = false
    const end = (settle: () => void): void => {
      if (isOver) return
      isOver = true
      clearTimeout(timer)
      stopListening()
      for (const stream of open) stream.close(CANCEL)
      settle()
    }
    const finish = (): void => end(() => resolve(answers))
    const timer = setTimeout(finish, patience)
    const stopListening = onAbort(signal, () => end(() => reject(signal?.reason)))
    const closed = (stream: ClientHttp2Stream): void => {
      open.delete(stream)
      if (isOver) return
      timer.refresh()
      proceed()
    }
    const ask = (request: Uint8Array, at: number): void => {
      const stream = session.request(headers)
      let message: Buffer | undefined
      let pieces = 0
      open.add(stream)
      stream.on('data', (chunk: Buffer) => {
        message = pieces++ === 0 ? wholeMessage(chunk) : undefined
      })
      stream.on('trailers', (trailers) => {
        if (message && trailers['grpc-status'] === '0') answers[at] = decodedOrNothing(decode, message)
      })
      stream.on('error', ignore)
      stream.on('close', () => closed(stream))
      stream.end(framed(request))
    }
    const proceed = (): void => {
      try {
        for (; open.size < AT_ONCE && next < requests.length; next++) ask(requests[next] ?? NOTHING, next)
      } catch {
        next = requests.length // the connection takes no more calls
      }
      if (open.size === 0) finish()
    }
    proceed()
  })
}

function decodedOrNothing<T>(decode: (message: Buffer) => T, message: Buffer): T | undefined {
  try {
    return decode(message)
  } catch {
    return undefined
  }
}

/** The message of a chunk that is one, and nothing else. */
function wholeMessage(chunk: Buffer): Buffer | undefined {
  const isWhole = chunk.length >= HEAD && chunk[0] === 0 && chunk.readUInt32BE(1) === chunk.length - HEAD
  return isWhole ? chunk.subarray(HEAD) : undefined
}

const NOTHING = Buffer.alloc(0)

function ignore(): void {}
