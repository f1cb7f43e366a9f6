import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { unreadable } from '../../config/read-file.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'

export interface UntrustedFile {
  /** `-` for standard input. */
  readonly path: string
  /** Bytes. */
  readonly most: number
  /** As people call it: `a manifest`. */
  readonly what: string
  /** What to do about one that is too long. */
  readonly hint: string
}

/** How a file is called in messages. */
export function nameOf(path: string): string {
  return path === '-' ? 'standard input' : path
}

/**
 * The text of a file that may come from anybody. No more is read than it may have.
 * @throws RollcallError `config` for a file that cannot be read, or is too long
 */
export async function untrustedText(
  { io, signal }: Pick<Context, 'io' | 'signal'>,
  { path, most, what, hint }: UntrustedFile,
): Promise<string> {
  const bytes = path === '-' ? Buffer.from(await io.stdin.text(signal)) : await readFrom(path, { io, signal, most })
  if (bytes.length <= most) return bytes.toString('utf8')
  throw new RollcallError('config', `${nameOf(path)} has more than ${most / 1024} KiB, the most of ${what}`, { hint })
}

async function readFrom(
  path: string,
  { io, signal, most }: Pick<Context, 'io' | 'signal'> & { readonly most: number },
): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(resolve(io.cwd, path), { end: most, signal }))
      chunks.push(chunk as Buffer)
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(path, error)
  }
  return Buffer.concat(chunks)
}
