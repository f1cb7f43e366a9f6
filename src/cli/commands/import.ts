import { namesRegistry } from '../../config/target.ts'
import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import { withInstances } from '../copy/ends.ts'
import { copyOptions } from '../copy/options.ts'
import { transfer } from '../copy/transfer.ts'
import { readListing } from '../select/listing.ts'
import { fileSide } from '../sides/file-side.ts'

export const COPY_NOTES = [
  'What is there already and says the same is left alone, so a second run changes nothing, and a run that was interrupted is finished by the next. Another instance with the same id is a conflict (status 7, or 5 when others were registered), unless you pass --replace.',
  "Instances are written in the form of the target, whatever layout they had: that of --layout, or ?layout= in its URL; else the one that their service has there; else its usual one (on etcd Kratos'). Another than they had is reported, and so is what it has no place for; a status is written where the layout holds one. Without --ttl or --keep-alive nothing ever removes them.",
  '--prune removes instances of the services in the source that the source has not, in the layout that is written: never malformed records, records of other programs, or services that the source has nothing of. It shows a plan, is guarded as purge is, asks first, and writes a backup that `rollcall undo` puts back. Where an instance of the source could not be registered, nothing is removed.',
  'An empty source is refused (status 6).',
]

export const importCommand = command({
  name: 'import',
  usage: '<file>',
  examples: [
    { line: 'rollcall import registry.ndjson', does: 'what export wrote, into this registry' },
    { line: 'rollcall import registry.ndjson --dry-run', does: 'what it would register' },
    { line: 'rollcall import registry.ndjson --prune', does: 'and remove what the file has not; asks first' },
    { line: "rollcall export 'pay*' | rollcall import - -r file:./copy.db", does: 'from another registry' },
  ],
  notes: [
    'The file is an export, or anything else that `register -f` reads: YAML, JSON, or a JSON object a line. All of it is checked first: a torn or wrong line changes nothing.',
    ...COPY_NOTES,
  ],
  options: copyOptions,
  async run(context, words, flags) {
    const [word, ...more] = words
    if (word === undefined || more.length > 0)
      throw new RollcallError(
        'usage',
        `import takes one file${word === undefined ? '' : `, not also ${more.join(' ')}`}`,
        {
          hint: 'rollcall import FILE, or - for standard input',
        },
      )
    if (word !== '-' && namesRegistry(word))
      throw new RollcallError('usage', `${word} is a registry, and import reads a file`, {
        hint: `rollcall copy ${word} TO`,
      })
    await using side = await fileSide(context, word)
    const source = withInstances(side)
    return await transfer(context, { command: 'import', source, listing: readListing(context, [], {}), flags })
  },
})
