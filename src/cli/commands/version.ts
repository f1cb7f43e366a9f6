import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import { isThingFormat, packageVersion, writeThing } from '../output/documents.ts'
import { parseOutput } from '../output/options.ts'

export const version = command({
  name: 'version',
  usage: '',
  summary: 'the version of rollcall and of Node',
  examples: [
    { line: 'rollcall version', does: 'for people' },
    { line: 'rollcall version -o json', does: 'for a script' },
    { line: 'rollcall --version', does: 'the same' },
  ],
  options: {},
  async run({ globals, io }, words) {
    if (words.length > 0) throw new RollcallError('usage', 'version takes no arguments', { hint: 'omit them' })
    const { format, fields } = parseOutput(globals)
    const thing = {
      version: packageVersion,
      node: process.versions.node,
      platform: `${process.platform}-${process.arch}`,
    }
    if (isThingFormat(format)) await writeThing(io.stdout, 'Version', thing, { format, fields })
    else await io.stdout.write(`rollcall ${thing.version} (node ${thing.node}, ${thing.platform})\n`)
    return 0
  },
})
