import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import { parseOutput } from '../output/options.ts'
import { readListing } from '../select/listing.ts'
import { runTop } from '../top/top.ts'

export const top = command({
  name: 'top',
  usage: '[service...]',
  examples: [
    { line: 'rollcall top', does: 'the whole registry' },
    { line: "rollcall top payments 'order*'", does: 'some services' },
    { line: 'rollcall top -c prod', does: 'the registry of a context' },
  ],
  notes: [
    'A screen of services, the sick first, with a square for each instance: green is up, red is down, expired or unhealthy, yellow the rest (a letter without colours). CHANGES are those of the last minute.',
    'Arrows, Page Up, Page Down, Home and End move (or j, k, g, G); Enter opens a service, a host, an instance; Esc goes back. / filters by text, !text by its absence; f shows faults alone; h is by host, e what happened; w shows every column, and left and right move over them; q ends it.',
    'o takes the chosen instance offline, d deregisters it, or a malformed record, or every instance of a service: with the plan, the guards and the backup of the commands `offline` and `deregister`, and always after a question. `rollcall undo` takes it back.',
    'It needs a terminal that it can draw on (status 2). Elsewhere use rollcall ls -w or rollcall watch.',
  ],
  options: {},
  async run(context, words) {
    const listing = readListing(context, words, {})
    parseOutput(context.globals, ['table'])
    const terminal = await context.io.openTerminal()
    if (!terminal) {
      throw new RollcallError('usage', 'top needs a terminal to draw on, for input and output', {
        hint: 'elsewhere, rollcall ls -w prints the list again at each change, and rollcall watch each change',
      })
    }
    await runTop(context, terminal, listing)
    return 0
  },
})
