import { DEFAULT_PREFIXES, layouts } from '../../layouts/index.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { OpenOptions, Scope, Target } from '../contract/backend.ts'
import { logged } from './logged-store.ts'
import { Prefix } from './prefix.ts'
import type { Store } from './store.ts'

/** What the parts of the adapter share: a store, and how it is read and written. */
export interface Kv {
  readonly store: Store
  readonly now: () => number
  /** How records are told apart when they are read. */
  readonly layout: LayoutName | 'auto'
  /** Where records are looked for, in key order. */
  readonly prefixes: readonly Prefix[]
  /** The one that was asked for, where one was. */
  readonly givenPrefix: string | undefined
  /** Milliseconds after which an AIO record that was not renewed counts as expired. */
  readonly aioTtl: number
}

export function kvOf(bare: Store, target: Target, options: OpenOptions): Kv {
  const store = logged(bare, options.logger)
  return {
    store,
    now: options.now,
    layout: target.layout,
    prefixes: prefixesToRead(target).map((text) => new Prefix(text)),
    givenPrefix: target.prefix,
    aioTtl: target.aioTtl,
  }
}

function prefixesToRead({ prefix, layout }: Target): readonly string[] {
  if (prefix !== undefined) return [prefix]
  if (layout !== 'auto') return [layouts[layout].defaultPrefix]
  return DEFAULT_PREFIXES.toSorted()
}

/** Where a scope lies, in key order. */
export function prefixesOf(kv: Kv, { layout }: Scope): readonly Prefix[] {
  return layout === undefined ? kv.prefixes : [placeToWrite(kv, layout).prefix]
}

/** The layout and the prefix for a record that is to be written. */
export function placeToWrite(kv: Kv, wanted?: LayoutName): { layout: LayoutName; prefix: Prefix } {
  const layout = wanted ?? (kv.layout === 'auto' ? usualLayout(kv.givenPrefix) : kv.layout)
  return { layout, prefix: new Prefix(kv.givenPrefix ?? layouts[layout].defaultPrefix) }
}

function usualLayout(prefix: string | undefined): LayoutName {
  return prefix === layouts.aio.defaultPrefix ? 'aio' : 'kratos'
}
