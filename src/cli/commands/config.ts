import type { Origin } from '../../config/settings.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import type { TableOf } from '../output/columns.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'

const originsTable: TableOf<Origin> = {
  columns: [
    { name: 'NAME', text: (origin) => origin.name, identifies: true },
    { name: 'VALUE', text: (origin) => origin.value || "''" },
    { name: 'FROM', text: (origin) => origin.from },
  ],
  name: (origin) => origin.name,
}

export const config = command({
  name: 'config',
  usage: '',
  examples: [
    { line: 'rollcall config', does: 'which registry is used here, and why' },
    { line: 'rollcall config -c prod', does: 'the settings of a context' },
    { line: 'rollcall config -o json', does: 'for a script' },
  ],
  notes: [
    'The registry is named by --registry, -c or --kratos-config; by ROLLCALL_REGISTRY, ROLLCALL_CONTEXT or ROLLCALL_KRATOS_CONFIG; by a rollcall.yaml in this folder or above; or it is the current context.',
    "Every other setting comes from, in this order: its flag; the URL or context that a flag names; its variable ROLLCALL_…; what a variable or a file names; the registry's own environment; the default.",
    'It does not contact the registry, and shows no secrets.',
  ],
  options: {},
  async run(context, words) {
    if (words.length > 0) {
      throw new RollcallError('usage', 'config takes no arguments', { hint: 'rollcall config -c NAME shows a context' })
    }
    const { target, context: name, readOnly, origins } = await context.resolved()
    const output = parseOutput(context.globals)
    if (isThingFormat(output.format)) {
      const thing = { registry: target.display, context: name, readOnly, values: origins }
      await writeThing(context.io.stdout, 'Config', thing, { format: output.format, fields: output.fields })
      return 0
    }
    const writer = await printList(context, 'Config', originsTable, output)
    for (const origin of origins) await writer.row(origin)
    await writer.end()
    return 0
  },
})
