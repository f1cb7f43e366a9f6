import { RollcallError } from '../../model/errors.ts'
import { command } from '../command.ts'
import { jsonText } from '../output/documents.ts'
import { schemaFor } from '../schema/index.ts'

export const schema = command({
  name: 'schema',
  usage: '[kind]',
  examples: [
    { line: 'rollcall schema', does: 'all kinds' },
    { line: 'rollcall schema InstanceList', does: 'what `ls <service> -o json` prints' },
    { line: 'rollcall schema Event', does: 'what `watch -o json` prints' },
  ],
  options: {},
  async run({ io }, [kind, ...more]) {
    if (more.length > 0) throw new RollcallError('usage', 'schema takes one kind', { hint: 'omit it for all kinds' })
    await io.stdout.write(jsonText(schemaFor(kind)))
    return 0
  },
})
