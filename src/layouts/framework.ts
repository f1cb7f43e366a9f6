import type { Reading } from '../model/reading.ts'
import type { FrameworkLayout, KeyCut, Layout, LayoutEncodeOptions, Stored } from './layout.ts'
import { leasedObserved } from './leased.ts'
import { beforeService, keyTextOf, lastSegment, serviceSegment } from './stored-key.ts'

/** What a framework's layout is made of. */
type Description = Omit<FrameworkLayout, 'decode' | 'leased' | 'cut'> & Partial<Pick<FrameworkLayout, 'cut'>>

/** The layout of a framework, whose records all live by a lease. */
export function frameworkLayout(description: Description): FrameworkLayout {
  const layout: FrameworkLayout = {
    cut: cutAtService,
    ...description,
    leased: true,
    decode: (stored) => readFramework(layout, stored, true),
  }
  return layout
}

/** Whether the layout is one of a framework. */
export function isFramework(layout: Layout): layout is FrameworkLayout {
  return 'cut' in layout
}

/**
 * A record of a framework. Where its layout `owns` the prefix, all that lies below is cut there; under any other its key must
 * have the service right below that prefix, else it belongs to another one. In the store as a whole it is cut as it was made.
 */
export function readFramework(layout: FrameworkLayout, stored: Stored, owns: boolean): Reading {
  const { title } = layout.sign
  const key = keyTextOf(stored)
  const isRoot = stored.prefix === ''
  const cut = key === undefined ? undefined : layout.cut(key, owns && !isRoot ? stored.prefix : undefined)
  if (cut === undefined || (layout.below && !owns && !isRoot)) return { is: 'foreign', looksLike: title }
  if (!isRoot && cut.prefix !== stored.prefix) return { is: 'foreign', looksLike: title, belongsTo: cut.prefix }
  const value = layout.read(stored, cut)
  if (value === undefined) return { is: 'foreign', looksLike: title, ...(layout.failsByOne && { spoils: title }) }
  const { endpoints, metadata = {}, weight, groupKey } = value
  const { id = cut.id, name = cut.service, version = cut.version ?? '' } = value
  const observed = { ...leasedObserved(stored, layout.name, metadata), ...value.observed }
  return {
    is: 'instance',
    instance: { id, name, version, metadata, endpoints },
    observed: weight === undefined ? observed : { ...observed, weight },
    ...(groupKey !== undefined && { groupKey }),
  }
}

/** The key of a new record. */
export function keyBelow({ prefix, atStart }: LayoutEncodeOptions, service: string, id: string): string {
  return atStart ? `${service}/${id}` : `${prefix}/${service}/${id}`
}

/** `{prefix}/{service}/{id}`; below a prefix that is known, a service's name may hold slashes. */
function cutAtService(key: string, prefix?: string): KeyCut | undefined {
  const id = lastSegment(key)
  if (prefix === undefined) {
    const before = beforeService(key)
    return before === undefined ? undefined : { prefix: before, service: serviceSegment(key), id }
  }
  const service = key.slice(prefix.length + 1, Math.max(0, key.length - id.length - 1))
  return service === '' || id === '' ? undefined : { prefix, service, id }
}
