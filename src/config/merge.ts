import type { Settings } from '../backends/contract/driver.ts'
import { parseDuration } from '../model/duration.ts'
import { RollcallError, messageOf } from '../model/errors.ts'
import { FIELD_NAMES, type FieldName } from './settings.ts'
import { type LayerValue, type Layer, firstOf } from './layers.ts'
import { layoutFrom } from './target.ts'

/** Each field that some layer knows, as the first that does has it. */
export type Merged = ReadonlyMap<FieldName, LayerValue>

/** @throws RollcallError `config` for an empty value, `usage` for a namespace and all namespaces at once. */
export function merge(layers: readonly Layer[]): Merged {
  const merged = new Map<FieldName, LayerValue>()
  for (const name of FIELD_NAMES) {
    const found = name === 'namespace' || name === 'allNamespaces' ? undefined : firstOf(layers, name)
    if (found) merged.set(name, found)
  }
  const namespaces = namespacesOf(layers)
  if (namespaces) merged.set(...namespaces)
  return merged
}

/**
 * The settings without the secrets; undefined where no layer has a value.
 *
 * @throws RollcallError `usage` for an invalid layout or duration, with the source of the value in front.
 */
export function settingsOf(merged: Merged): Partial<Settings> {
  return {
    prefix: textOf(merged, 'prefix'),
    layout: read(merged, 'layout', layoutFrom),
    namespace: textOf(merged, 'namespace'),
    allNamespaces: switchOf(merged, 'allNamespaces'),
    user: read(merged, 'user', withoutPassword),
    tls: {
      cacert: textOf(merged, 'cacert'),
      cert: textOf(merged, 'cert'),
      key: textOf(merged, 'key'),
      insecureSkipVerify: switchOf(merged, 'insecureSkipTlsVerify'),
      serverName: textOf(merged, 'tlsServerName'),
    },
    requestTimeout: read(merged, 'requestTimeout', milliseconds),
    aioTtl: read(merged, 'aioTtl', milliseconds),
  }
}

/** Runs `parse`; its errors get the source of the value in front. */
export function withSource<Value>(from: string, parse: () => Value): Value {
  try {
    return parse()
  } catch (error) {
    if (!(error instanceof RollcallError)) throw error
    const hint = error.hint === undefined ? {} : { hint: error.hint }
    throw new RollcallError(error.code, `${from}: ${messageOf(error)}`, { ...hint, cause: error.cause })
  }
}

/** One namespace or all of them is a single choice: the first layer with either decides both. */
function namespacesOf(layers: readonly Layer[]): [FieldName, LayerValue] | undefined {
  for (const layer of layers) {
    const one = layer.get('namespace')
    const all = layer.get('allNamespaces')
    if (one && all?.value) {
      throw new RollcallError('usage', `${one.from} and ${all.from} exclude each other`, {
        hint: 'leave one of them out',
      })
    }
    if (one) return ['namespace', one]
    if (all?.value) return ['allNamespaces', all]
  }
  return undefined
}

function textOf(merged: Merged, name: FieldName): string | undefined {
  const value = merged.get(name)?.value
  return typeof value === 'string' ? value : undefined
}

function switchOf(merged: Merged, name: FieldName): boolean | undefined {
  const value = merged.get(name)?.value
  return typeof value === 'boolean' ? value : undefined
}

function read<Value>(merged: Merged, name: FieldName, parse: (text: string) => Value): Value | undefined {
  const found = merged.get(name)
  return found && withSource(found.from, () => parse(String(found.value)))
}

function milliseconds(text: string): number {
  const duration = parseDuration(text)
  if (duration === undefined) {
    throw new RollcallError('usage', `"${text}" is not a valid duration`, {
      hint: 'write for example 500ms, 5s, 2m or 1h30m',
    })
  }
  if (duration > 0) return duration
  throw new RollcallError('usage', `"${text}" is too short`, { hint: 'it must be above 0' })
}

/** etcdctl takes `user:password` here; a password has no place in a flag or a file. */
function withoutPassword(user: string): string {
  if (!user.includes(':')) return user
  throw new RollcallError('usage', 'the user carries a password after a colon', {
    hint: 'name the user alone and put the password in ROLLCALL_PASSWORD or a --password-file',
  })
}
