import type { Environment } from '../backends/backend.ts'
import { type Fields, type Layer, fieldLayer, flagLayer, variableLayer } from './layers.ts'
import { merge, saidBy, settingsOf } from './merge.ts'
import { type Named, nameRegistry } from './named.ts'
import { originsOf } from './origins.ts'
import { readSecrets } from './secrets.ts'
import type { GlobalFlags, Resolved } from './settings.ts'
import { recognize, targetFrom } from './target.ts'
import { checkTlsFiles } from './tls-files.ts'

/** Where a command runs. */
export interface Surroundings {
  readonly env: Environment
  /** Absolute. */
  readonly cwd: string
  /** All of standard input, for a password or token file called `-`. */
  readonly readStdin?: () => Promise<string>
}

/**
 * Which registry is meant and how to speak to it, with where each value came from.
 *
 * A value is taken from the first place that has it: flags; what a flag named (a URL's own parts, a context, Kratos'
 * configuration); variables; what a variable or a file named; the registry's own environment; its defaults. So a
 * variable left over in a shell never changes what an explicit `-c prod` means.
 *
 * @throws RollcallError `config` where no registry is named or a file cannot be read, `usage` for a value that makes no
 * sense, `unsupported` for a kind of registry that is not there.
 */
export async function resolve(flags: GlobalFlags, around: Surroundings): Promise<Resolved> {
  const { env } = around
  const named = await nameRegistry(flags, around)
  const layers = layersOf(flags, around, named)
  const merged = merge(layers)
  const secrets = await readSecrets(layers, around.readStdin)
  const settings = { ...settingsOf(merged), password: secrets.password?.value, token: secrets.token?.value }
  const parse = (environment: Environment) =>
    saidBy(named.from, () => targetFrom(named.registry, settings, environment))
  const target = parse(env)
  await checkTlsFiles(target.tls)
  const variables = recognize(named.registry).driver.environment
  return {
    target,
    context: named.context,
    readOnly: named.readOnly,
    confirm: named.confirm,
    origins: originsOf({ named, target, merged, secrets, variables, env, parse }),
  }
}

function layersOf(flags: GlobalFlags, { env, cwd }: Surroundings, named: Named): Layer[] {
  const said = [fieldLayer(named.fields, named.from, named.secrets), fieldLayer(inUrl(named, env), named.from)]
  const variables = variableLayer(env, cwd)
  return [flagLayer(flags, cwd), ...(named.byFlag ? [...said, variables] : [variables, ...said])]
}

/** What the URL itself says of the fields: its query, its user, and its path where that is short for the prefix. */
function inUrl({ registry, from }: Named, env: Environment): Fields {
  return saidBy(from, () => {
    const { url } = recognize(registry)
    const { prefix } = targetFrom(registry, {}, env)
    const { layout, namespace } = url.query
    return { prefix, layout, namespace, user: url.user }
  })
}
