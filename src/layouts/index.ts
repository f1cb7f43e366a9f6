import type { LayoutName } from '../model/observed.ts'
import type { Reading } from '../model/reading.ts'
import { aio } from './aio.ts'
import { decodeAuto } from './auto.ts'
import { kratos } from './kratos.ts'
import { kratosScheme } from './kratos-scheme.ts'
import type { DecodeOptions, Layout, Stored } from './layout.ts'
import { plain } from './plain.ts'

export const layouts: Readonly<Record<LayoutName, Layout>> = { kratos, 'kratos-scheme': kratosScheme, aio, plain }

/** Where a reader looks that was given no prefix. */
export const DEFAULT_PREFIXES: readonly string[] = [kratos.defaultPrefix, aio.defaultPrefix]

/** One record, decoded in the layout named, or in the one its value has. Never throws. */
export function decode(stored: Stored, layout: LayoutName | 'auto', options: DecodeOptions): Reading {
  return layout === 'auto' ? decodeAuto(stored, options) : layouts[layout].decode(stored, options)
}
