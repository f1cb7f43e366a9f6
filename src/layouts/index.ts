import type { LayoutName } from '../model/observed.ts'
import { aio } from './aio.ts'
import { kratos } from './kratos.ts'
import { kratosScheme } from './kratos-scheme.ts'
import type { Layout } from './layout.ts'
import { plain } from './plain.ts'

export { decode } from './decode.ts'
export { type Recognised, recognise } from './recognise.ts'
export { PATRONI, SYSTEMS, isDefaultPrefix, ownerOf, systemOf } from './owner.ts'

export const layouts: Readonly<Record<LayoutName, Layout>> = { kratos, 'kratos-scheme': kratosScheme, aio, plain }

/** Where a reader looks that was given no prefix. */
export const DEFAULT_PREFIXES: readonly string[] = [kratos.defaultPrefix, aio.defaultPrefix]
