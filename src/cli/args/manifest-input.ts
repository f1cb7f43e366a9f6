import { LONGEST_MANIFEST, parseManifest } from '../../config/manifest-file.ts'
import type { Manifest } from '../../reports/manifest.ts'
import type { Context } from '../command.ts'
import { nameOf, untrustedText } from './untrusted-file.ts'

/**
 * The manifest at a path, or on standard input for `-`.
 * @throws RollcallError `config` for a file that cannot be read, is too long, or is not a manifest
 */
export async function manifestFrom(context: Pick<Context, 'io' | 'signal'>, path: string): Promise<Manifest> {
  const text = await untrustedText(context, {
    path,
    most: LONGEST_MANIFEST,
    what: 'a manifest',
    hint: 'claim about many services with a pattern',
  })
  return await parseManifest(nameOf(path), text)
}
