import { create, isServerError, only, ServerCode, ServerError, type Session } from './client/index.ts'
import type { Ensemble } from './ensemble.ts'
import { foldersAbove } from './paths.ts'

const NOTHING = new Uint8Array()

/**
 * Makes what is missing above these paths, without data and for good, as Kratos does. Throws `config` when not even the
 * chroot is there. Returns a refusal: whoever may make nothing in a folder gets it also for what is there already.
 */
export async function makeFolders(
  ensemble: Ensemble,
  paths: readonly string[],
  { session, signal }: { session: Session; signal?: AbortSignal | undefined },
): Promise<ServerError | undefined> {
  const folders = [...new Set(paths.flatMap(foldersAbove))].sort((a, b) => a.length - b.length)
  const made = folders.map(async (folder) => {
    const change = create(folder, NOTHING, { acl: ensemble.acl })
    try {
      await session.request(only(change), signal)
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      return error
    }
    return undefined
  })
  const refusals = (await Promise.all(made)).filter((error) => error !== undefined)
  if (isServerError(refusals[0], ServerCode.noNode)) await ensemble.requireChroot(signal)
  return refusals.find(({ code }) => code !== ServerCode.nodeExists)
}
