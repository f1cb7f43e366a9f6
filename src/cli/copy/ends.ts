import { RollcallError } from '../../model/errors.ts'
import type { Context } from '../command.ts'
import { isRegistryWord, openSide, openSides } from '../sides/named-sides.ts'
import type { InstanceSide, RegistrySide, Side } from '../sides/side.ts'

/** Where a copy is from, and where to: a registry, or a file that does not exist yet. Disposing closes the registries. */
export interface CopyEnds extends AsyncDisposable {
  readonly source: InstanceSide
  readonly target: RegistrySide | { readonly is: 'new-file'; readonly path: string }
}

/** A word that can be the name of a new file, and not a context that is spelt wrongly. */
const FILE_NAME = /\/|\.(?:ndjson|json|ya?ml)$/

/** @throws RollcallError `usage` for words that name no such ends; the errors of files */
export async function openEnds(context: Context, [from, to]: readonly [string, string]): Promise<CopyEnds> {
  if (FILE_NAME.test(to) && !(await isRegistryWord(context, to))) {
    const source = await openSide(context, from)
    return { source: withInstances(source), target: { is: 'new-file', path: to }, ...closing(source) }
  }
  if (to === '-')
    throw new RollcallError('usage', 'copy writes to a registry or to a file, not to standard output', {
      hint: 'rollcall export writes there',
    })
  const [source, target] = await openSides(context, [from, to])
  const closed = closing(source, target)
  try {
    return { source: withInstances(source), target: registryOf(target), ...closed }
  } catch (error) {
    await closed[Symbol.asyncDispose]()
    throw error
  }
}

function closing(...sides: readonly Side[]): AsyncDisposable {
  return {
    async [Symbol.asyncDispose]() {
      for (const side of sides) await side[Symbol.asyncDispose]()
    },
  }
}

/** @throws RollcallError `usage` for a manifest */
export function withInstances(side: Side): InstanceSide {
  if (side.is !== 'manifest') return side
  throw new RollcallError('usage', `${side.name} is a manifest, which says how many instances there should be`, {
    hint: 'name a file of instances, as rollcall export writes them',
  })
}

function registryOf(side: Side): RegistrySide {
  if (side.is === 'registry') return side
  throw new RollcallError('usage', `${side.name} is a file that exists, and copy writes a new one`, {
    hint: 'name another file, or a registry by its URL or context',
  })
}
