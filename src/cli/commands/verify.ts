import { type Verification, verify as verifyManifest } from '../../client/verify/verify.ts'
import { RollcallError } from '../../model/errors.ts'
import { manifestOf } from '../../reports/manifest-of.ts'
import { manifestFrom } from '../args/manifest-input.ts'
import { durationFlag, toggle, value } from '../args/options.ts'
import { type Context, command } from '../command.ts'
import { claimWriter, claimsSummary } from '../output/claims.ts'
import { writeThing } from '../output/documents.ts'
import { inRepository } from '../output/github.ts'
import { CLAIM_FORMATS, parseOutput } from '../output/options.ts'
import { sayStates } from '../output/progress.ts'
import { ChosenEntries, readListing, unanswered } from '../select/listing.ts'
import { servicesNotFound } from '../select/not-found.ts'

export const verify = command({
  name: 'verify',
  usage: '[service...]',
  examples: [
    { line: 'rollcall verify --init > manifest.yaml', does: 'a manifest of what is there now' },
    { line: 'rollcall verify -f manifest.yaml', does: 'hold it against the registry: status 0 or 1' },
    { line: 'rollcall verify -f manifest.yaml --wait 2m', does: 'after a deployment: until it holds' },
    { line: 'rollcall verify -f manifest.yaml -o junit > claims.xml', does: 'a test for each claim' },
  ],
  notes: [
    'A manifest is YAML or JSON. Under services: names or globs, each with min, max, status, versions, schemes, metadata and spread. At the top: malformed: 0 (records no client can use) and unexpected: fail, warn or ignore (services it does not name). `rollcall schema Manifest` describes it. It cannot name a registry.',
    'The instances that are up count, or those with one of the `status` given, which every instance must then have. Without min and max, one instance must be there. A glob is held against each service that it matches and that has no entry of its own.',
    'Status 1: a claim does not hold, also at the end of --wait. Words after --init are the services to write.',
  ],
  options: {
    file: value('-f, --file <file>', 'the manifest; - for standard input'),
    wait: value('--wait <duration>', 'look again until every claim holds, for this long at most'),
    init: toggle('--init', 'print the strictest manifest that holds now'),
  },
  async several(context, registries, words, flags) {
    const { verifySeveral } = await import('../several/verify.ts')
    return await verifySeveral(context, registries, words, flags)
  },
  async run(context, words, flags) {
    if (flags.init) {
      if (flags.file !== undefined || flags.wait !== undefined) {
        throw new RollcallError('usage', '--init cannot be combined with --file or --wait', {
          hint: 'it prints the manifest: rollcall verify --init > manifest.yaml',
        })
      }
      return await init(context, words)
    }
    if (flags.file === undefined || words.length > 0) {
      throw new RollcallError('usage', 'verify takes a manifest, in --file', {
        hint: 'rollcall verify -f manifest.yaml; rollcall verify --init prints one',
      })
    }
    const wait = flags.wait === undefined ? 0 : durationFlag('--wait', flags.wait)
    return await check(context, flags.file, wait)
  },
})

async function check(context: Context, path: string, wait: number): Promise<number> {
  const output = parseOutput(context.globals, CLAIM_FORMATS)
  const manifest = await manifestFrom(context, path)
  const client = await context.client()
  const writer = await claimWriter(context, output, {
    file: path === '-' ? undefined : inRepository(context.io, path),
    registry: client.target.display,
  })
  const { items, revision, holds } = await verifyManifest(client, manifest, {
    wait,
    signal: context.signal,
    ...(wait > 0 && sayStates(context, (state: Verification) => claimsSummary(state.items))),
  })
  for (const item of items) await writer.row(item)
  await writer.end({ asOf: context.now(), revision })
  await context.say(claimsSummary(items))
  return holds ? 0 : 1
}

async function init(context: Context, words: readonly string[]): Promise<number> {
  const { format, fields } = parseOutput(context.globals, ['yaml', 'json'])
  const listing = readListing(context, words, {})
  const entries = new ChosenEntries(context, listing, { silent: true })
  const fold = manifestOf()
  for await (const entry of entries) fold.add(entry)
  const missing = unanswered(listing, entries.services)
  if (missing.length > 0) throw await servicesNotFound(context, missing)
  const manifest = fold.result()
  if (Object.keys(manifest.services).length === 0) {
    throw new RollcallError('not-found', 'there is no service to write a manifest of', {
      hint: 'rollcall ls shows what is there, and where else instances are stored',
    })
  }
  const { services } = manifest
  // Of some services alone nothing can be said of the others.
  await writeThing(context.io.stdout, 'Manifest', words.length > 0 ? { services } : manifest, { format, fields })
  return 0
}
