import type { Environment, Target, Variable, Settings } from '../backends/contract/driver.ts'
import { RollcallError } from '../model/errors.ts'
import { type FieldName, kebab, type Origin, variableOf, type GlobalFlags, type Resolved } from './settings.ts'
import { type Merged, merge, withSource, settingsOf } from './merge.ts'
import { type NamedRegistry, type Suspect, nameRegistry } from './named-registry.ts'
import { type Secrets, readSecrets, checkTlsFiles } from './credentials.ts'
import { type Fields, type Layer, fieldLayer, flagLayer, variableLayer } from './layers.ts'
import { holdBack } from './held-back.ts'
import { protectedText } from '../reports/protection.ts'
import { recognize, checkSettings, settled, targetFrom } from './target.ts'

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
 * Resolves which registry to use and how to connect to it, with the source of each value.
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
    return (environment: Environment) => withSource(named.from, () => targetFrom(named.registry, settings, environment))
  }
  const merged = withPathOfUrl(merge(layers), named, (fields) => parser(fields)(env))
  const parse = parser(merged)
  const target = await settled(parse(env))
  await checkTlsFiles(target.tls)
  const variables = recognize(named.registry).driver.environment
  return {
    target,
    context: named.context,
    readOnly: named.readOnly,
    confirm: named.confirm,
    protected: named.protected,
    protectedHours: named.protectedHours,
    origins: originsOf({ named, target, merged, secrets, variables, env, parse }),
  }
}

function refuseSecrets(suspect: Suspect, named: NamedRegistry, flags: GlobalFlags, around: Surroundings): void {
  const { env, cwd } = around
  const parse = (merged: Merged, environment: Environment) =>
    withSource(named.from, () => targetFrom(named.registry, settingsOf(merged), environment))
  const merged = merge(layersOf(flags, around, named))
  holdBack(suspect, { named, layers: [flagLayer(flags, cwd), variableLayer(env, cwd)], merged, env, parse })
}

/** An error about a field that the kind of registry does not have names the source of the field, not that of the registry. */
function checkFields({ registry }: NamedRegistry, merged: Merged, settings: Partial<Settings>): void {
  const { driver } = recognize(registry)
  for (const name of ['prefix', 'layout', 'namespace', 'allNamespaces'] as const) {
    const found = merged.get(name)
    if (found) withSource(found.from, () => checkSettings(driver, { [name]: settings[name] }))
  }
}

function layersOf(flags: GlobalFlags, { env, cwd }: Surroundings, named: NamedRegistry): Layer[] {
  const said = [fieldLayer(named.fields, named.from, named.secrets), fieldLayer(fieldsOfUrl(named), named.from)]
  const variables = variableLayer(env, cwd)
  return [flagLayer(flags, cwd), ...(named.byFlag ? [...said, variables] : [variables, ...said])]
}

/** The fields in the URL itself, except for its path, which only the driver can read. */
function fieldsOfUrl({ registry, from }: NamedRegistry): Fields {
  const { url } = withSource(from, () => recognize(registry))
  const { prefix, layout, namespace } = url.query
  return { prefix, layout, namespace, user: url.user }
}

/** Where a flag's URL has the prefix in its path, ROLLCALL_PREFIX comes too late. */
function withPathOfUrl(merged: Merged, { byFlag }: NamedRegistry, targetOf: (merged: Merged) => Target): Merged {
  if (!byFlag || merged.get('prefix')?.from !== variableOf('prefix')) return merged
  const without = new Map([...merged].filter(([name]) => name !== 'prefix'))
  return targetOf(without).prefix === undefined ? merged : without
}

/** What was decided, and by what. */
interface Decision {
  readonly named: NamedRegistry
  readonly target: Target
  readonly merged: Merged
  readonly secrets: Secrets
  /** The registry's own variables. */
  readonly variables: readonly Variable[]
  readonly env: Environment
  /** The target as it would be in another environment. */
  readonly parse: (env: Environment) => Target
}

type Row = FieldName | 'endpoints' | 'secure' | 'password' | 'token'

type ValueOf = (target: Target) => string | undefined

const ROWS: readonly (readonly [Row, ValueOf])[] = [
  ['endpoints', ({ endpoints }) => endpoints.join(', ') || undefined],
  ['secure', ({ secure }) => shown(secure || undefined)],
  ['prefix', ({ prefix }) => prefix],
  ['layout', ({ layout }) => layout],
  ['namespace', ({ namespace }) => namespace],
  ['allNamespaces', ({ allNamespaces }) => shown(allNamespaces)],
  ['user', ({ user }) => user],
  ['password', ({ password }) => password],
  ['token', ({ token }) => token],
  ['tokenFile', ({ tokenFile }) => tokenFile],
  ['cacert', ({ tls }) => tls?.cacert],
  ['cert', ({ tls }) => tls?.cert],
  ['key', ({ tls }) => tls?.key],
  ['insecureSkipTlsVerify', ({ tls }) => shown(tls?.insecureSkipVerify)],
  ['tlsServerName', ({ tls }) => tls?.serverName],
  ['requestTimeout', ({ requestTimeout }) => seconds(requestTimeout)],
  ['aioTtl', ({ aioTtl }) => seconds(aioTtl)],
]

/** Each value in force and where it came from. Of a secret only that it is there. */
function originsOf(decision: Decision): Origin[] {
  const { named, target } = decision
  const origins = [...named.origins, { name: 'registry', value: target.display, from: named.from }]
  for (const [name, valueOf] of ROWS) {
    const value = valueOf(target)
    if (value === undefined) continue
    const from = sourceOf(name, decision) ?? completedBy(valueOf, decision) ?? implied(name, decision)
    origins.push({ name: kebab(name), value: name === 'password' || name === 'token' ? '***' : value, from })
  }
  if (named.readOnly) origins.push({ name: 'read-only', value: 'true', from: named.from })
  for (const selector of named.protected)
    origins.push({ name: 'protected', value: protectedText(selector), from: named.from })
  for (const { text } of named.protectedHours) origins.push({ name: 'protected-hours', value: text, from: named.from })
  if (named.confirm) origins.push({ name: 'confirm', value: named.confirm, from: named.from })
  return origins
}

function sourceOf(name: Row, { merged, secrets }: Decision): string | undefined {
  if (name === 'password' || name === 'token') return secrets[name]?.from
  return name === 'endpoints' || name === 'secure' ? undefined : merged.get(name)?.from
}

/** Those of the registry's own variables with which the value changes: so that drivers do not have to report what they read. */
function completedBy(valueOf: ValueOf, decision: Decision): string | undefined {
  const names = decision.variables.map(({ name }) => name).filter((name) => decision.env[name] !== undefined)
  const decisive = names.filter((name) => {
    const other = targetWithout(name, decision)
    return other !== undefined && valueOf(other) !== valueOf(decision.target)
  })
  return decisive.length > 0 ? decisive.join(', ') : undefined
}

/** Without that variable, or, where there is no target without it, with another value in it. */
function targetWithout(name: string, { env, parse }: Decision): Target | undefined {
  for (const value of [undefined, `x${env[name]?.trim()}`, `${env[name]}0`]) {
    try {
      return parse({ ...env, [name]: value })
    } catch (error) {
      if (!(error instanceof RollcallError)) throw error
    }
  }
  return undefined
}

/** Not set by name: it is in the registry's URL, or the default. */
function implied(name: Row, { named, target }: Decision): string {
  const inUrl = name === 'endpoints' ? target.url.hosts.length > 0 : name === 'secure' || name === 'prefix'
  return inUrl ? named.from : 'default'
}

function shown(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`
}
