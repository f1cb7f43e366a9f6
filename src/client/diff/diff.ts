import { isSameInstance } from '../../reports/comparison.ts'
import type { Stream } from './cursor.ts'
import { type Compared, type Depth, differencesOf } from './differences.ts'
import { matched } from './matching.ts'

/**
 * Compares two sides by service, instance and field, however they are stored: two registries, or a registry and what was exported of
 * it. Reads both at the same time and holds no more of them than differs, besides one service. `depth`: how far it goes; everything
 * by default.
 *
 * @throws RollcallError `unsupported` for a side whose services come in another order than that of keys; the errors of the sides
 */
export async function diff(before: Stream, after: Stream, depth?: Depth): Promise<Compared> {
  return await differencesOf(matched(before, after, isSameInstance), depth)
}
