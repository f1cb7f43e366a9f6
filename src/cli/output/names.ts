import { escapeKey } from '../../model/key.ts'
import type { TableOf } from './column.ts'
import type { Encoder } from './encoder.ts'

/** A name a line, for `-` to read back: escaped as stored keys are, so that no name can pass for two. */
export function nameEncoder<Item>(table: TableOf<Item>): Encoder<Item> {
  return { open: () => '', row: (item) => `${escapeKey(Buffer.from(table.name(item)))}\n`, close: () => '' }
}
