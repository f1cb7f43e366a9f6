import { RollcallError } from '../../model/errors.ts'
import { selectorOptions, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { DIFFERENCE_FORMATS, type DifferenceFormat, differenceWriter } from '../output/differences.ts'
import { inRepository } from '../output/github.ts'
import { type OutputOptions, parseOutput } from '../output/options.ts'
import { readListing } from '../select/listing.ts'
import { isSelecting } from '../select/selected.ts'
import { type CompareOptions, compare, summaryOf } from '../sides/compare.ts'
import type { Depth } from '../../client/diff/differences.ts'
import { openSides } from '../sides/named-sides.ts'
import type { Side } from '../sides/side.ts'

export const diff = command({
  name: 'diff',
  usage: 'A B [service...]',
  examples: [
    { line: 'rollcall diff before.ndjson prod', does: 'what changed in a context since an export' },
    { line: 'rollcall diff staging prod --only services', does: 'services that one of two contexts lacks' },
    { line: "rollcall diff staging prod 'pay*' --status up", does: 'some services, of instances that are up' },
    { line: 'rollcall diff manifest.yaml prod -o github', does: 'the claims of a manifest that do not hold' },
    { line: 'rollcall diff staging prod -o junit > diff.xml', does: 'a test for each service that differs' },
  ],
  notes: [
    'A and B are registries (a URL or the name of a context), exports (ndjson, json or yaml; - for standard input) or manifests of verify. Instances are compared by service and id, in what clients see of them: leases, revisions, times, owners, layouts and places are left out. removed: only in A; added: only in B. A service that one side lacks is one line; --only instances lists its instances.',
    'Of two registries each gets the settings and secrets of its context and no others: connection flags are refused, and variables are not used. With one registry they are used as everywhere.',
    'Status 0: no differences. 1: there are some. 4: there is no permission to read a part of a registry; what may be there is then not reported as removed or added.',
  ],
  options: {
    ...selectorOptions,
    only: value('--only <depth>', 'compare only which services there are, or which instances', [
      'services',
      'instances',
    ]),
  },
  async run(context, [first, second, ...services], flags) {
    if (first === undefined || second === undefined) {
      throw new RollcallError('usage', 'diff takes two sides', {
        hint: 'rollcall diff A B; each is a registry, a context, an export or a manifest',
      })
    }
    const output = parseOutput(context.globals, DIFFERENCE_FORMATS)
    const options = {
      listing: readListing(context, services, flags),
      isNarrowed: services.length > 0 || isSelecting(flags),
      depth: depthOf(flags.only),
    }
    const sides = await openSides(context, [first, second])
    try {
      return await report(context, sides, { ...options, output })
    } finally {
      for (const side of sides) await side[Symbol.asyncDispose]()
    }
  },
})

async function report(
  context: Context,
  [before, after]: readonly [Side, Side],
  { output, ...options }: CompareOptions & { readonly output: OutputOptions<DifferenceFormat> },
): Promise<number> {
  const manifest = [before, after].find((side) => side.is === 'manifest')
  if (manifest && (options.isNarrowed || options.depth !== undefined)) {
    throw new RollcallError('usage', `${manifest.name} is a manifest: it is compared as a whole`, {
      hint: 'leave out --only, services and selectors',
    })
  }
  // Wrong flags are reported before a registry is read.
  const file = manifest?.path && inRepository(context.io, manifest.path)
  const writer = await differenceWriter(context, output, { file, sides: `${before.name} → ${after.name}` })
  const { items, facts, unreadable } = await compare(before, after, options)
  for (const item of items) if (!(await writer.row(item))) break
  // A report of tests that have passed would be a verdict.
  if (unreadable === undefined || output.format !== 'junit') await writer.end({ asOf: context.now(), also: facts })
  if (unreadable === undefined) {
    for (const line of summaryOf(items, facts)) await context.say(line)
    return items.length > 0 ? 1 : 0
  }
  throw new RollcallError('forbidden', `the comparison is not complete: ${unreadable}`, {
    hint: 'use credentials that can read both sides, or name the services to compare',
  })
}

function depthOf(only: string | undefined): Depth | undefined {
  return only === 'services' || only === 'instances' ? only : undefined
}
