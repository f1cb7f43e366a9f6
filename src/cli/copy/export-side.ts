import { resolve } from 'node:path'
import { newFile } from '../../config/new-file.ts'
import { RollcallError } from '../../model/errors.ts'
import { instanceItem } from '../../reports/instances.ts'
import type { Context } from '../command.ts'
import { colourless } from '../output/colours.ts'
import { allInstancesTable } from '../output/instances.ts'
import { listWriter } from '../output/list-writer.ts'
import { outputTo } from '../output/new-file.ts'
import { parseOutput } from '../output/options.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../output/text.ts'
import type { Listing } from '../select/listing.ts'
import type { InstanceSide } from '../sides/side.ts'

interface ExportedSide {
  readonly source: InstanceSide
  readonly listing: Listing
  /** The new file. */
  readonly name: string
}

/** Writes the instances of a source to a new file, as `export` does; returns the exit status. @throws RollcallError `refused` for an empty source, `forbidden` for one that cannot be read whole */
export async function exportSide(context: Context, { source, listing, name }: ExportedSide): Promise<number> {
  const output = parseOutput(context.globals, ['ndjson', 'json', 'yaml'])
  await using file = await newFile(resolve(context.io.cwd, name))
  const writer = await listWriter(outputTo(file), {
    kind: 'InstanceList',
    table: allInstancesTable,
    output,
    colours: colourless,
    now: context.now(),
    signal: context.signal,
  })
  const scan = source.read(listing)
  const progress = startProgress(context, 'copied')
  let count = 0
  try {
    for await (const batch of scan.batches()) {
      for (const entry of batch) writer.add(instanceItem(entry))
      count += batch.length
      progress.count(count)
      await writer.drain()
    }
  } finally {
    await progress.stop()
  }
  const { unreadable, revision } = scan.facts
  if (unreadable !== undefined)
    throw new RollcallError('forbidden', `${source.name} was not read whole: ${unreadable}`, {
      hint: 'use credentials that can read it, or name the services to copy',
    })
  if (count === 0)
    throw new RollcallError('refused', `${source.name} has no instances, so no file is written`, {
      hint: 'check its name, its prefix and the services',
    })
  await writer.end({ asOf: context.now(), ...(revision !== undefined && { revision }) })
  await file.complete()
  await context.say(`${amount(count, 'instance')} copied to ${name}`)
  return 0
}
