import type { InstanceEntry } from '../model/reading.ts'
import { listenerOf, schemesOf } from './endpoint-parts.ts'
import { hasLabel, parseLabels } from './labels.ts'
import type { SelectionFlags } from './selection.ts'

/** The selectors that were given, by the names of their flags: those that ask nothing are absent. */
export function givenSelectors({
  olderThan,
  noProxies,
  ...lists
}: SelectionFlags): Readonly<Record<string, readonly string[]>> {
  const given = {
    ...lists,
    ...(noProxies ? { noProxies: ['true'] } : {}),
    ...(olderThan === undefined ? {} : { olderThan: [olderThan] }),
  }
  return Object.fromEntries(Object.entries(given).filter(([, values]) => values.length > 0))
}

/** `version=v9, zone=a`: the selectors as text. */
export function selectorWords({ selector = [], noProxies, ...others }: SelectionFlags): string {
  const words = Object.entries(givenSelectors(others)).map(([name, values]) => `${name}=${values.join(' or ')}`)
  return [...words, ...(noProxies ? ['no proxies'] : []), ...selector].join(', ')
}

/** What an instance has where the selectors want something else: `v1.4.1`, `zone=b`. Its version, where they agree with it. */
export function differenceFrom(flags: SelectionFlags) {
  const { version = [], scheme = [], env = [], host = [], tag = [], noProxies = false, selector = [] } = flags
  const labels = selector.flatMap(parseLabels)
  return ({ instance, observed }: InstanceEntry): string => {
    const unlike = labels.filter((condition) => !hasLabel(condition, instance.metadata))
    const parts = [
      version.length > 0 ? instance.version || 'no version' : '',
      scheme.length > 0 ? schemesOf(instance.endpoints).join('+') || 'no scheme' : '',
      env.length > 0 ? (observed.env ?? 'no env') : '',
      host.length > 0 ? instance.endpoints.map((endpoint) => listenerOf(endpoint).host).join('+') || 'no host' : '',
      tag.length > 0 ? (observed.tags?.join('+') ?? 'no tags') : '',
      noProxies ? (observed.serviceKind ?? '') : '',
      ...unlike.map(({ key }) => {
        const value = Object.hasOwn(instance.metadata, key) ? instance.metadata[key] : undefined
        return value === undefined ? `no ${key}` : `${key}=${value}`
      }),
    ]
    return parts.filter(Boolean).join(' ') || instance.version || 'no version'
  }
}
