import { createReadStream } from 'node:fs'
import { resolve } from 'node:path'
import { LONGEST_MANIFEST, parseManifest } from '../../config/manifest-file.ts'
import { unreadable } from '../../config/read-file.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Manifest } from '../../reports/manifest.ts'
import type { Context } from '../command.ts'

/**
 * The manifest at a path, or on standard input for `-`. No more is read than a manifest may have.
 * @throws RollcallError `config` for a file that cannot be read, is too long, or is not a manifest
 */
export async function manifestFrom({ io, signal }: Pick<Context, 'io' | 'signal'>, path: string): Promise<Manifest> {
  const bytes = path === '-' ? Buffer.from(await io.stdin.text(signal)) : await readFrom(path, io.cwd, signal)
  const name = path === '-' ? 'standard input' : path
  if (bytes.length > LONGEST_MANIFEST) {
    throw new RollcallError('config', `${name} has more than ${LONGEST_MANIFEST / 1024} KiB, the most of a manifest`, {
      hint: 'claim about many services with a pattern',
    })
  }
  return await parseManifest(name, bytes.toString('utf8'))
}

async function readFrom(path: string, cwd: string, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of createReadStream(resolve(cwd, path), { end: LONGEST_MANIFEST, signal }))
      chunks.push(chunk as Buffer)
  } catch (error) {
    signal.throwIfAborted()
    throw unreadable(path, error)
  }
  return Buffer.concat(chunks)
}
