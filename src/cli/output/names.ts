import { escapeKey } from '../../model/key.ts'
import { beginning, clean } from './clean.ts'
import type { TableOf } from './column.ts'
import type { Encoder } from './encoder.ts'

/** A name a line, for `-` to read back: escaped as stored keys are, so that no name can pass for two, or for a command of a CI runner. */
export function nameEncoder<Item>(table: TableOf<Item>): Encoder<Item> {
  return { open: () => '', row: (item) => `${lineOf(table.name(item))}\n`, close: () => '' }
}

function lineOf(name: string): string {
  return beginning(clean(escapeKey(Buffer.from(name))))
}
