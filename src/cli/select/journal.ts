import { resolve } from 'node:path'
import type { Scope } from '../../backends/contract/backend.ts'
import { type Journal, fileJournal, servedJournal } from '../../client/journal/source.ts'
import type { Context } from '../command.ts'

/**
 * The journal in the file that `--journal` names, for which no registry is needed; otherwise the one that the registry's server keeps.
 * @throws RollcallError `unsupported` where the registry is not a server
 */
export async function journalOf(
  context: Context,
  path: string | undefined,
  { services = [] }: Scope,
): Promise<Journal> {
  if (path !== undefined) return fileJournal(resolve(context.io.cwd, path), () => context.now())
  return servedJournal(await context.client(), services, context.signal)
}
