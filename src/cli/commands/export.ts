import { resolve } from 'node:path'
import { newFile } from '../../config/new-file.ts'
import { RollcallError } from '../../model/errors.ts'
import { selectorOptions, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import type { Output } from '../io.ts'
import { renderError } from '../output/error-report.ts'
import { EXPORT_FORMATS, exportWriter } from '../output/export-writer.ts'
import { outputTo } from '../output/new-file.ts'
import { parseOutput } from '../output/options.ts'
import { writeInstances } from '../select/instance-list.ts'
import { type Listing, readListing } from '../select/listing.ts'

export const exportCommand = command({
  name: 'export',
  usage: '[service...]',
  examples: [
    { line: 'rollcall export --file registry.ndjson', does: 'every instance, one a line' },
    { line: "rollcall export 'pay*' --status up -o yaml", does: 'some of them, as one document on standard output' },
    {
      line: 'rollcall export | rollcall register -f - -r file:./copy.db',
      does: 'registers all of them in another registry',
    },
  ],
  notes: [
    'The formats are ndjson (default), json and yaml. `rollcall register -f` reads each of them.',
    'The file must not exist yet. It is readable by you only, since metadata may hold secrets, and it appears when the export is complete: an export that was interrupted leaves no file that looks complete. On standard output one that fails ends with its error, which `import`, `diff` and `register -f` refuse.',
    'Records that no client can use, and those of other programs, are not in it; standard error counts them. Where you lack permission to read a part of the registry, there is no file, and the status is 4.',
  ],
  options: {
    ...selectorOptions,
    file: value('-f, --file <path>', 'write to this new file instead of standard output'),
  },
  async run(context, words, flags) {
    const listing = readListing(context, words, flags)
    if (flags.file === undefined || flags.file === '-') await print(context, listing)
    else await writeFile(context, listing, flags.file)
    return 0
  },
})

/** An export that fails midway ends with the error, so that nobody takes the lines before it for all there are. */
async function print(context: Context, listing: Listing): Promise<void> {
  const { stdout } = context.io
  let isBegun = false
  const begin = <Part>(part: Part): Part => {
    isBegun = true
    return part
  }
  const { isTerminal, columns } = stdout
  try {
    await write(context, listing, {
      isTerminal,
      columns,
      write: (text) => stdout.write(begin(text)),
      ...(stdout.writeBytes && { writeBytes: async (bytes) => await stdout.writeBytes?.(begin(bytes)) }),
    })
  } catch (error) {
    if (isBegun && isCutOff(context, error)) await stdout.write(renderError(error, 'json')).catch(() => {})
    throw error
  }
}

/** Whether lines are missing behind those that were written. Other formats are not valid without their end. */
function isCutOff({ globals, signal }: Context, error: unknown): error is RollcallError {
  if (!(error instanceof RollcallError) || error.code === 'not-found') return false
  // After Ctrl-C a reader that has stopped would be waited for.
  return !signal.aborted && parseOutput(globals, EXPORT_FORMATS).format === 'ndjson'
}

async function writeFile(context: Context, listing: Listing, name: string): Promise<void> {
  await using file = await newFile(resolve(context.io.cwd, name))
  await write(context, listing, outputTo(file))
  await file.complete()
  await context.say(`exported to ${name}`)
}

async function write(context: Context, listing: Listing, to: Output): Promise<void> {
  const writer = await exportWriter(context, to)
  const unreadable = await writeInstances(context, writer, listing, { silent: !to.isTerminal })
  if (unreadable === undefined) return
  throw new RollcallError('forbidden', `the export is not complete: ${unreadable}`, {
    hint: 'use credentials that can read it, or name the services to export',
  })
}
