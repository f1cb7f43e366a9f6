import { RollcallError } from '../../model/errors.ts'
import type { Entry, ForeignReading, InstanceEntry, Problem } from '../../model/reading.ts'
import { foreignText } from '../../reports/foreign.ts'
import { instanceItem, recordItem } from '../../reports/instances.ts'
import { targetOptions, toggle } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { createColours } from '../output/colours.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { allInstancesTable, renderDetails, renderInstance } from '../output/instances.ts'
import { printList } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'
import { findInstances, findRaw } from '../select/lookup.ts'

const options = { ...targetOptions, raw: toggle('--raw', 'also show the records as they are stored') } as const

export const get = command({
  name: 'get',
  usage: '<service>/<id>... | <service>',
  examples: [
    { line: 'rollcall get payments/payments-3', does: 'times, TTL left, lease, the records behind it' },
    { line: 'rollcall get --id mailer-4f0c2a7be19d3356', does: 'by its id alone' },
    { line: 'rollcall get payments/payments-3 -o json --raw', does: 'with the stored records' },
    { line: 'rollcall get --raw-key /microservices//build-agent-3', does: 'one stored key, malformed or not' },
  ],
  options,
  async run(context, words, flags) {
    parseOutput(context.globals)
    if (flags.rawKey !== undefined) {
      if (words.length > 0 || flags.id !== undefined) {
        throw new RollcallError('usage', '--raw-key cannot be combined with targets or --id', {
          hint: 'pass --raw-key alone',
        })
      }
      return await showKey(context, await findRaw(context, flags.rawKey))
    }
    const entries = await findInstances(context, words, { id: flags.id, detail: true })
    await showInstances(context, entries, flags.raw)
    return 0
  },
})

async function showInstances(context: Context, entries: readonly InstanceEntry[], raw: boolean): Promise<void> {
  const output = parseOutput(context.globals)
  const { stdout } = context.io
  const colours = await createColours(context.io, context.globals.color)
  const items = entries.map((entry) => instanceItem(entry, { detail: true, raw }))
  const [only] = items
  if (output.format === 'table' && output.columns === undefined) {
    await stdout.write(items.map((item) => renderInstance(item, context.now(), colours)).join('\n'))
  } else if (items.length === 1 && only && isThingFormat(output.format)) {
    await writeThing(stdout, 'Instance', only, { format: output.format, fields: output.fields })
  } else {
    const writer = await printList(context, 'InstanceList', allInstancesTable, output)
    for (const item of items) await writer.row(item)
    await writer.end({ asOf: context.now(), malformed: 0 })
  }
}

/** Prints one stored key, whatever it holds. */
async function showKey(context: Context, found: Entry): Promise<number> {
  if (found.is === 'instance') {
    await showInstances(context, [found], true)
    return 0
  }
  const { format, fields } = parseOutput(context.globals)
  const record = recordItem(found.record)
  const { fact, ...judged } = found.is === 'foreign' ? foreignFacts(found.reading) : malformedFacts(found.problem)
  const thing = { ...record, service: found.service, ...judged }
  if (isThingFormat(format)) await writeThing(context.io.stdout, 'Record', thing, { format, fields })
  else {
    const details = [
      ['Key', [record.key]],
      [found.is === 'foreign' ? 'Foreign' : 'Problem', [fact]],
      ['Revision', record.revision ? [record.revision] : []],
      ['Lease', record.lease ? [record.lease] : []],
      ['Value', [record.value ?? `base64 ${record.valueBase64 ?? ''}`]],
    ] as const
    await context.io.stdout.write(renderDetails(details))
  }
  return 0
}

function malformedFacts({ code, message }: Problem) {
  return { problem: code, message, fact: message }
}

function foreignFacts(reading: ForeignReading) {
  const { looksLike, belongsTo, system, breaks } = reading
  return { foreign: { looksLike, belongsTo, system, breaks }, fact: foreignText(reading) }
}
