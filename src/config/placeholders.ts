import type { Environment } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { type Tree, isTree } from './kratos-files.ts'

/**
 * Kratos' `${NAME:default}`: NAME is a variable (also with the prefix `KRATOS_` that its documentation uses), or the
 * dotted path of another value of the same configuration. Kratos reads one that is neither as empty text; here it is an
 * error, because an unset variable must not lead elsewhere.
 *
 * @throws RollcallError `config` naming the placeholder, never its value.
 */
export function expand(value: unknown, tree: Tree, env: Environment): unknown {
  if (typeof value === 'string')
    return value.replace(/\$\{(.*?)\}/g, (_, inside: string) => resolveOne(inside, tree, env))
  if (Array.isArray(value)) return value.map((item) => expand(item, tree, env))
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, tree, env)]))
}

function resolveOne(inside: string, tree: Tree, env: Environment): string {
  const colon = inside.indexOf(':')
  const name = (colon < 0 ? inside : inside.slice(0, colon)).trim()
  const found = env[name] ?? env[`KRATOS_${name}`] ?? scalarAt(tree, name)
  if (found !== undefined) return found
  if (colon >= 0) return inside.slice(colon + 1).trim()
  throw new RollcallError('config', `the placeholder \${${name}} has neither a value nor a default`, {
    hint: `set the variable ${name}`,
  })
}

function scalarAt(tree: Tree, path: string): string | undefined {
  let at: unknown = tree
  for (const step of path.split('.')) at = isTree(at) && Object.hasOwn(at, step) ? at[step] : undefined
  return typeof at === 'string' || typeof at === 'number' || typeof at === 'boolean' ? String(at) : undefined
}
