import { RollcallError } from '../../model/errors.ts'
import type { InstanceItem } from '../../reports/instances.ts'
import { longFlag } from '../args/options.ts'
import type { Context } from '../command.ts'
import { outputOptions } from '../globals.ts'
import type { Output } from '../io.ts'
import { colourless } from './colours.ts'
import { allInstancesTable } from './instances.ts'
import { type ListWriter, listWriter } from './list-writer.ts'
import { parseOutput } from './options.ts'

/** What leaves out instances or fields, and may come from a variable that was set for lists. */
const PARTIAL = ['columns', 'fields', 'sortBy', 'limit'] as const

/** The first is the usual one. */
export const EXPORT_FORMATS = ['ndjson', 'json', 'yaml'] as const

/** Writes whole instances, to be read again. @throws RollcallError `usage` for flags that would leave out some of them, or a part */
export async function exportWriter(context: Context, to: Output): Promise<ListWriter<InstanceItem>> {
  const { globals, signal } = context
  const name = PARTIAL.find((each) => globals[each] !== undefined)
  if (name !== undefined)
    throw new RollcallError('usage', `${longFlag(outputOptions[name])} cannot be combined with an export`, {
      hint: 'an export has whole instances in the order of the registry; rollcall ls --all can leave out some',
    })
  return await listWriter(to, {
    kind: 'InstanceList',
    table: allInstancesTable,
    output: parseOutput(globals, EXPORT_FORMATS),
    colours: colourless,
    now: context.now(),
    signal,
  })
}
