import { resolve } from 'node:path'
import { newFile } from '../../config/new-file.ts'
import { RollcallError } from '../../model/errors.ts'
import { instanceItem } from '../../reports/instances.ts'
import type { Context } from '../command.ts'
import { exportWriter } from '../output/export-writer.ts'
import { outputTo } from '../output/new-file.ts'
import { startProgress } from '../output/progress.ts'
import { amount } from '../../model/count.ts'
import type { Listing } from '../select/listing.ts'
import type { InstanceSide } from '../sides/side.ts'
import { requireWhole } from './whole.ts'

interface ExportedSide {
  readonly source: InstanceSide
  readonly listing: Listing
  /** The new file. */
  readonly name: string
}

/** Writes the instances of a source to a new file, as `export` does; returns the exit status. @throws RollcallError `refused` for an empty source, `forbidden` for one that cannot be read whole */
export async function exportSide(context: Context, { source, listing, name }: ExportedSide): Promise<number> {
  await using file = await newFile(resolve(context.io.cwd, name))
  const writer = await exportWriter(context, outputTo(file))
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
  requireWhole(source, scan.facts)
  if (count === 0)
    throw new RollcallError('refused', `${source.name} has no instances, so no file is written`, {
      hint: 'check its name, its prefix and the services',
    })
  const { revision } = scan.facts
  await writer.end({ asOf: context.now(), ...(revision !== undefined && { revision }) })
  await file.complete()
  await context.say(`${amount(count, 'instance')} copied to ${name}`)
  return 0
}
