import { access } from 'node:fs/promises'
import { resolve } from 'node:path'
import { readContexts } from '../../config/contexts.ts'
import { type GlobalFlags, flagOf } from '../../config/settings.ts'
import { namesRegistry } from '../../config/target.ts'
import { RollcallError } from '../../model/errors.ts'
import { suggestion } from '../../reports/near-names.ts'
import type { Context } from '../command.ts'
import { ofSeveral, refuseConnectionFlags, withoutSecrets } from '../own-settings.ts'
import { namedClient } from '../registry.ts'
import { fileSide } from './file-side.ts'
import { registrySide } from './registry-side.ts'
import type { Side } from './side.ts'

const WAYS = ['registry', 'context', 'kratosConfig'] as const

type Named =
  | {
      readonly is: 'registry'
      readonly flags: Pick<GlobalFlags, 'registry' | 'context'>
      /** Its URL, also of a context. */
      readonly url: string
    }
  | { readonly is: 'file' }

/**
 * The two ends that two words name: a registry's URL, the name of a context, or a file, `-` for standard input. Of two registries
 * each gets what its URL or its context says and no more: no flag and no variable tells for which of them a secret is.
 * @throws RollcallError `usage` for a word that names nothing, and for flags that would be for both registries; the errors of files
 */
export async function openSides(context: Context, words: readonly [string, string]): Promise<readonly [Side, Side]> {
  const { globals } = context
  refuseWays(globals)
  const [a, b] = [await named(context, words[0]), await named(context, words[1])]
  if (words[0] === '-' && words[1] === '-') {
    throw new RollcallError('usage', 'standard input can be one side only', { hint: 'name a file for the other one' })
  }
  if (words.includes('-') && (globals.passwordFile === '-' || globals.tokenFile === '-')) {
    throw new RollcallError('usage', 'standard input cannot be both a side and a secret', {
      hint: 'name a file for one of them',
    })
  }
  const registries = [a, b].filter(({ is }) => is === 'registry').length
  if (registries === 0)
    refuseConnectionFlags(globals, { fact: 'is for a registry, and neither side is one', hint: 'leave it out' })
  if (registries === 2) {
    const { fact, hint } = ofSeveral('two registries')
    refuseConnectionFlags(globals, { fact, hint: `${hint}; a URL takes ?prefix=/copy and ?layout=aio` })
  }
  const isAlone = registries === 1
  const first = await open(context, words[0], a, isAlone)
  try {
    return [first, await open(context, words[1], b, isAlone)]
  } catch (error) {
    await first[Symbol.asyncDispose]()
    throw error
  }
}

/** One end alone, which gets all flags and variables. @throws RollcallError as `openSides` */
export async function openSide(context: Context, word: string): Promise<Side> {
  refuseWays(context.globals)
  return await open(context, word, await named(context, word), true)
}

/** Whether a word names a registry, or a context. */
export async function isRegistryWord({ io }: Pick<Context, 'io'>, word: string): Promise<boolean> {
  if (word === '' || word === '-') return false
  return namesRegistry(word) || (!word.includes('/') && (await readContexts(io.env)).names.includes(word))
}

function refuseWays(globals: GlobalFlags): void {
  const way = WAYS.find((each) => globals[each] !== undefined)
  if (way === undefined) return
  throw new RollcallError('usage', `${flagOf(way)} cannot be combined with the two sides`, {
    hint: 'name the registry as one of them: a URL or a context',
  })
}

async function named({ io }: Context, word: string): Promise<Named> {
  if (word === '') {
    throw new RollcallError('usage', 'a side is empty', {
      hint: 'is a variable unset? Name a registry, a context or a file',
    })
  }
  if (word === '-') return { is: 'file' }
  if (namesRegistry(word)) return { is: 'registry', flags: { registry: word }, url: word }
  if (word.includes('/')) return { is: 'file' }
  const contexts = await readContexts(io.env)
  if (contexts.names.includes(word)) {
    const { registry: url = '' } = contexts.get(word)
    return { is: 'registry', flags: { context: word }, url }
  }
  if (await isThere(resolve(io.cwd, word))) return { is: 'file' }
  throw new RollcallError('usage', `there is no context and no file called "${word}"`, {
    hint:
      contexts.names.length > 0
        ? suggestion(word, contexts.names)
        : 'name a registry by its URL, such as etcd://127.0.0.1:2379',
  })
}

async function isThere(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  )
}

async function open(context: Context, word: string, side: Named, isAlone: boolean): Promise<Side> {
  if (side.is === 'file') return await fileSide(context, word)
  const { io, globals } = context
  const flags = { ...globals, ...side.flags }
  const registry = namedClient(flags, context, isAlone ? io.env : withoutSecrets(context, side.url, 'two registries'))
  const own: Context = { ...context, globals: flags, resolved: registry.resolved, client: registry.client }
  return registrySide(word, own, registry)
}
