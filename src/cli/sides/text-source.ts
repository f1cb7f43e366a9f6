import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { unreadable } from '../../config/read-file.ts'
import { RollcallError } from '../../model/errors.ts'
import { linesOf } from '../../model/lines.ts'
import type { Context } from '../command.ts'

/** Characters of the longest line: no registry stores an instance that long. */
const LONGEST_LINE = 16 * 1024 * 1024
/** What SQLite's files begin with. */
const SQLITE = 'SQLite format 3\0'

/** A text that can be read several times. */
export interface TextSource {
  /** As people call it. */
  readonly name: string
  /** All of it. */
  text(): Promise<string>
  /** Its lines, many at a time. @throws RollcallError `usage` for one that is too long to be an instance */
  lines(): AsyncIterable<readonly string[]>
}

/**
 * The file at a path, or standard input for `-`. What can be read only once, as a pipe, is held in memory.
 * @throws RollcallError `config` for a file that cannot be read, `usage` for one that is not text
 */
export async function textSource(context: Pick<Context, 'io' | 'signal'>, word: string): Promise<TextSource> {
  try {
    const source = await sourceOf(context, word)
    for await (const [line = ''] of source.lines()) {
      requireText(word, line)
      break
    }
    return source
  } catch (error) {
    context.signal.throwIfAborted()
    throw error instanceof RollcallError ? error : unreadable(word, error)
  }
}

async function sourceOf({ io, signal }: Pick<Context, 'io' | 'signal'>, word: string): Promise<TextSource> {
  if (word === '-') return held('standard input', await io.stdin.text(signal))
  const path = resolve(io.cwd, word)
  if ((await stat(path)).isFile()) return stored(word, path, signal)
  return held(word, await readFile(path, { encoding: 'utf8', signal }))
}

function requireText(word: string, line: string): void {
  if (line.startsWith(SQLITE))
    throw new RollcallError('usage', `${word} is an embedded registry`, { hint: `write file:${word}` })
  if (line.includes('\0'))
    throw new RollcallError('usage', `${word} is not a text file`, { hint: 'name an export, or a registry by its URL' })
}

function held(name: string, text: string): TextSource {
  return {
    name,
    text: () => Promise.resolve(text),
    lines: () => bounded(name, [text]),
  }
}

function stored(name: string, path: string, signal: AbortSignal): TextSource {
  return {
    name,
    text: () => readFile(path, { encoding: 'utf8', signal }),
    lines: () => bounded(name, createReadStream(path, { encoding: 'utf8', signal }) as AsyncIterable<string>),
  }
}

function bounded(name: string, parts: AsyncIterable<string> | Iterable<string>): AsyncIterable<readonly string[]> {
  return linesOf(checked())
  async function* checked(): AsyncGenerator<string, void, undefined> {
    let length = 0
    for await (const part of parts) {
      const end = part.lastIndexOf('\n')
      length = end < 0 ? length + part.length : part.length - end - 1
      if (length > LONGEST_LINE) {
        throw new RollcallError('usage', `${name} has a line of more than ${LONGEST_LINE / 1024 / 1024} MiB`, {
          hint: 'an export in ndjson has an instance a line',
        })
      }
      yield part
    }
  }
}
