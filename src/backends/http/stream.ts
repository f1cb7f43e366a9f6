import type { IncomingMessage } from 'node:http'
import { linesOf } from '../../model/lines.ts'
import { HttpFailure } from '../contract/http-failure.ts'

/**
 * The lines of an answer as they come, and what follows the last line break. It is read only as fast as the caller takes
 * lines. `silence`: milliseconds without a byte after which it fails. @throws HttpFailure
 */
export async function* linesOfAnswer(body: IncomingMessage, silence: number): AsyncGenerator<string, void, undefined> {
  for await (const lines of linesOf(partsOf(body, silence))) yield* lines
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

/** One event of a stream. Source: the HTML standard, section 9.2. */
export interface ServerEvent {
  readonly name: string
  readonly data: string
  readonly id?: string
}

/** The events in the lines of a `text/event-stream`, without one that is cut off at the end. */
export async function* serverEvents(lines: AsyncIterable<string>): AsyncGenerator<ServerEvent, void, undefined> {
  let name = 'message'
  let id: string | undefined
  let data: string[] = []
  for await (const line of lines) {
    const [, field = '', value = ''] = /^([^:\r]*):? ?([^\r]*)/.exec(line) ?? []
    if (line === '' || line === '\r') {
      if (data.length > 0) yield { name, data: data.join('\n'), ...(id !== undefined && { id }) }
      name = 'message'
      id = undefined
      data = []
    } else if (field === 'event') name = value
    else if (field === 'data') data.push(value)
    else if (field === 'id') id = value
  }
}
