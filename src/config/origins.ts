import type { Environment, Target, Variable } from '../backends/contract/backend.ts'
import { RollcallError } from '../model/errors.ts'
import { type FieldName, kebab } from './fields.ts'
import type { Merged } from './merge.ts'
import type { Named } from './named.ts'
import type { Secrets } from './secrets.ts'
import type { Origin } from './settings.ts'

/** What was decided, and by what. */
export interface Decision {
  readonly named: Named
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
export function originsOf(decision: Decision): Origin[] {
  const { named, target } = decision
  const origins = [...named.origins, { name: 'registry', value: target.display, from: named.from }]
  for (const [name, valueOf] of ROWS) {
    const value = valueOf(target)
    if (value === undefined) continue
    const from = saidOf(name, decision) ?? completedBy(valueOf, decision) ?? untold(name, decision)
    origins.push({ name: kebab(name), value: name === 'password' || name === 'token' ? '***' : value, from })
  }
  if (named.readOnly) origins.push({ name: 'read-only', value: 'true', from: named.from })
  if (named.confirm) origins.push({ name: 'confirm', value: named.confirm, from: named.from })
  return origins
}

function saidOf(name: Row, { merged, secrets }: Decision): string | undefined {
  if (name === 'password' || name === 'token') return secrets[name]?.from
  return name === 'endpoints' || name === 'secure' ? undefined : merged.get(name)?.from
}

/** Those of the registry's own variables with which the value changes: so no driver need say which it read. */
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

/** Nobody said it in so many words: it is in the registry's URL, or the default. */
function untold(name: Row, { named, target }: Decision): string {
  const inUrl = name === 'endpoints' ? target.url.hosts.length > 0 : name === 'secure' || name === 'prefix'
  return inUrl ? named.from : 'default'
}

function shown(value: boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value)
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000}s`
}
