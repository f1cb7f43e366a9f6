import { RollcallError } from '../../model/errors.ts'
import { toggle } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { openEnds } from '../copy/ends.ts'
import { exportSide } from '../copy/export-side.ts'
import { followSide } from '../copy/follow.ts'
import { type CopyFlags, copyOptions } from '../copy/options.ts'
import { transfer } from '../copy/transfer.ts'
import { readListing } from '../select/listing.ts'
import type { InstanceSide, RegistrySide } from '../sides/side.ts'
import { COPY_NOTES } from './import.ts'

const options = {
  ...copyOptions,
  follow: toggle('--follow', 'go on with the changes of the source until stopped'),
} as const

export const copy = command({
  name: 'copy',
  usage: '<from> <to> [service...]',
  examples: [
    { line: 'rollcall copy prod file:./copy.db', does: 'a context, into an embedded registry' },
    { line: "rollcall copy prod file:./copy.db 'pay*' --dry-run", does: 'what it would register of some services' },
    { line: 'rollcall copy prod file:./copy.db --follow', does: 'and every change from then on, until Ctrl-C' },
    { line: 'rollcall copy prod ./prod.ndjson', does: 'to a new file, as export writes it' },
  ],
  notes: [
    'Each end is the URL of a registry, the name of a context, or a file. With two registries, flags that connect are refused: name contexts, so that no secret goes to the wrong one.',
    '--follow copies what is added or changed at the source. What is removed there is removed from the target only if this run wrote it and it is still as it was written, with a line in the audit log, and not while the source has no instance at all. Without --follow it ends when all is copied.',
    ...COPY_NOTES,
  ],
  options,
  async run(context, words, flags) {
    const [from, to, ...services] = words
    if (from === undefined || to === undefined)
      throw new RollcallError('usage', 'copy needs where from, and where to', { hint: 'rollcall copy FROM TO' })
    const listing = readListing(context, services, {})
    await using ends = await openEnds(context, [from, to])
    const { source, target } = ends
    const work = { command: 'copy', source, listing, flags } as const
    if (target.is === 'new-file') {
      refuseForFile(flags)
      return await exportSide(context, { source, listing, name: target.path })
    }
    await refuseSame(source, target)
    if (!flags.follow) return await transfer(target.context, work)
    return await followSide(target.context, { ...work, source: followed(source, flags) })
  },
})

function refuseForFile(flags: CopyFlags & { readonly follow: boolean }): void {
  const names = ['follow', 'prune', 'replace', 'keepAlive', 'leave', 'dryRun'] as const
  const name = names.find((each) => flags[each])
  if (name === undefined && flags.ttl === undefined) return
  throw new RollcallError('usage', 'a copy to a file takes no flags of a registry', {
    hint: `leave out ${name === undefined ? '--ttl' : `--${name.replace(/[A-Z]/, (letter) => `-${letter.toLowerCase()}`)}`}`,
  })
}

/** @throws RollcallError `usage` for one that tells no changes, and for flags that cannot go with --follow */
function followed(source: InstanceSide, { keepAlive, prune, dryRun }: CopyFlags): RegistrySide {
  if (source.is === 'file')
    throw new RollcallError('usage', `${source.name} is a file, and --follow needs a registry to watch`, {
      hint: 'leave out --follow',
    })
  if (!keepAlive && !prune && !dryRun) return source
  const flag = keepAlive ? '--keep-alive' : prune ? '--prune' : '--dry-run'
  throw new RollcallError('usage', `${flag} cannot be combined with --follow`, {
    hint: 'run it without --follow first',
  })
}

/** @throws RollcallError `usage` where both ends are the same place */
async function refuseSame(source: InstanceSide, target: { readonly context: Context }): Promise<void> {
  if (source.is === 'file') return
  const [from, to] = [(await source.context.resolved()).target, (await target.context.resolved()).target]
  if (from.display !== to.display || from.prefix !== to.prefix || from.layout !== to.layout) return
  throw new RollcallError('usage', `the source and the target are the same: ${from.display}`, {
    hint: 'name another registry, or another prefix or layout of it as a parameter: ?prefix=/copy',
  })
}
