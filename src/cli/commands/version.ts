import { RollcallError } from '../../model/errors.ts'
import { packageVersion } from '../../model/package-version.ts'
import { command } from '../command.ts'
import { isThingFormat, writeThing } from '../output/documents.ts'
import { parseOutput } from '../output/options.ts'
import { versionHere, versionLine } from '../version-line.ts'

export const version = command({
  name: 'version',
  usage: '',
  examples: [
    { line: 'rollcall version', does: 'for people' },
    { line: 'rollcall version -o json', does: 'for a script' },
    { line: 'rollcall --version', does: 'the same' },
  ],
  options: {},
  async run({ globals, io }, words) {
    if (words.length > 0) throw new RollcallError('usage', 'version takes no arguments', { hint: 'omit them' })
    const { format, fields } = parseOutput(globals)
    if (isThingFormat(format)) await writeThing(io.stdout, 'Version', versionHere(packageVersion), { format, fields })
    else await io.stdout.write(versionLine(packageVersion))
    return 0
  },
})
