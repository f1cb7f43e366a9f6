import type { IncomingMessage } from 'node:http'
import { linesOf } from '../../model/lines.ts'
import { HttpFailure } from '../contract/http-failure.ts'

/**
 * The lines of an answer as they come, and what follows the last one. The caller's pace is the connection's; a server
 * that is waited for and silent for so many milliseconds is given up.
 *
 * @throws HttpFailure
 */
export async function* linesOfAnswer(body: IncomingMessage, silence: number): AsyncGenerator<string, void, undefined> {
  yield* linesOf(partsOf(body, silence))
}

async function* partsOf(body: IncomingMessage, silence: number): AsyncGenerator<string, void, undefined> {
  body.setEncoding('utf8')
  const parts = body[Symbol.asyncIterator]()
  try {
    for (;;) {
      const part = await next(parts, body, silence)
      if (part === undefined) return
      yield part
    }
  } finally {
    body.destroy()
  }
}

async function next(
  parts: AsyncIterator<unknown>,
  body: IncomingMessage,
  silence: number,
): Promise<string | undefined> {
  const timer = setTimeout(() => body.destroy(HttpFailure.timeout()), silence)
  try {
    const { done, value } = await parts.next()
    return done ? undefined : String(value)
  } catch (error) {
    throw HttpFailure.from(error, false)
  } finally {
    clearTimeout(timer)
  }
}
