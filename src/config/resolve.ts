import type { Environment, Settings, Target } from '../backends/contract/backend.ts'
import { variableOf } from './fields.ts'
import { type Fields, type Layer, fieldLayer, flagLayer, variableLayer } from './layers.ts'
import { type Merged, merge, saidBy, settingsOf } from './merge.ts'
import { holdBack } from './held-back.ts'
import { type Named, type Suspect, nameRegistry } from './named.ts'
import { originsOf } from './origins.ts'
import { readSecrets } from './secrets.ts'
import type { GlobalFlags, Resolved } from './settings.ts'
import { recognize } from './recognize.ts'
import { checkSettings, targetFrom } from './target.ts'
import { checkTlsFiles } from './tls-files.ts'

/** Where a command runs. */
export interface Surroundings {
  readonly env: Environment
  /** Absolute. */
  readonly cwd: string
  /** All of standard input, for a password or token file called `-`. */
  readonly readStdin?: () => Promise<string>
  /** Hears what is left out: a project file of another user, a setting of Kratos'. */
  readonly warn?: (message: string) => void
}

/**
 * Which registry is meant and how to speak to it, with where each value came from.
 *
 * A value is taken from the first place that has it: flags; what a flag named (a URL's own parts, a context, Kratos'
 * configuration); variables; what a variable or a file named; the registry's own environment; its defaults. So a
 * variable left over in a shell never changes what an explicit `-c prod` means.
 *
 * @throws RollcallError `config` where no registry is named or a file cannot be read, `usage` for a value that makes no
 * sense, `unsupported` for a kind of registry that is not there, `untrusted` where something secret would go to a registry that
 * only a project file names which the user does not trust.
 */
export async function resolve(flags: GlobalFlags, around: Surroundings): Promise<Resolved> {
  const { env, cwd, warn = () => {} } = around
  const named = await nameRegistry(flags, { env, cwd, warn })
  const layers = layersOf(flags, around, named)
  if (named.suspect) refuseSecrets(named.suspect, named, flags, around)
  const secrets = await readSecrets(layers, around.readStdin)
  const login = { password: secrets.password?.value, token: secrets.token?.value }
  const parser = (merged: Merged) => {
    const settings = { ...settingsOf(merged), ...login }
    checkFields(named, merged, settings)
    return (environment: Environment) => saidBy(named.from, () => targetFrom(named.registry, settings, environment))
  }
  const merged = withPathOfUrl(merge(layers), named, (fields) => parser(fields)(env))
  const parse = parser(merged)
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

function refuseSecrets(suspect: Suspect, named: Named, flags: GlobalFlags, around: Surroundings): void {
  const { env, cwd } = around
  const parse = (merged: Merged, environment: Environment) =>
    saidBy(named.from, () => targetFrom(named.registry, settingsOf(merged), environment))
  const merged = merge(layersOf(flags, around, named))
  holdBack(suspect, { named, layers: [flagLayer(flags, cwd), variableLayer(env, cwd)], merged, env, parse })
}

/** What a registry of that kind cannot hold is said of the place that asks for it, not of the one that names the registry. */
function checkFields({ registry }: Named, merged: Merged, settings: Partial<Settings>): void {
  const { driver } = recognize(registry)
  for (const name of ['prefix', 'layout', 'namespace', 'allNamespaces'] as const) {
    const found = merged.get(name)
    if (found) saidBy(found.from, () => checkSettings(driver, { [name]: settings[name] }))
  }
}

function layersOf(flags: GlobalFlags, { env, cwd }: Surroundings, named: Named): Layer[] {
  const said = [fieldLayer(named.fields, named.from, named.secrets), fieldLayer(inUrl(named), named.from)]
  const variables = variableLayer(env, cwd)
  return [flagLayer(flags, cwd), ...(named.byFlag ? [...said, variables] : [variables, ...said])]
}

/** What the URL itself says of the fields, but for its path, which only the driver can read. */
function inUrl({ registry, from }: Named): Fields {
  const { url } = saidBy(from, () => recognize(registry))
  const { prefix, layout, namespace } = url.query
  return { prefix, layout, namespace, user: url.user }
}

/** Where a flag's URL has the prefix in its path, ROLLCALL_PREFIX comes too late. */
function withPathOfUrl(merged: Merged, { byFlag }: Named, targetOf: (merged: Merged) => Target): Merged {
  if (!byFlag || merged.get('prefix')?.from !== variableOf('prefix')) return merged
  const without = new Map([...merged].filter(([name]) => name !== 'prefix'))
  return targetOf(without).prefix === undefined ? merged : without
}
