import type { Scope } from '../../backends/contract/backend.ts'
import { isAway } from '../../backends/contract/outcome.ts'
import { type Verifiable, type Verification, verify } from '../../client/verify/verify.ts'
import { RollcallError } from '../../model/errors.ts'
import type { Entry } from '../../model/reading.ts'
import { manifestFrom } from '../args/manifest-input.ts'
import { durationFlag } from '../args/options.ts'
import type { Context, SeveralRegistries } from '../command.ts'
import { claimWriter, claimsSummary } from '../output/claims.ts'
import { inRepository } from '../output/github.ts'
import { CLAIM_FORMATS, parseOutput } from '../output/options.ts'
import { sayStates } from '../output/progress.ts'
import { writeErrors } from './table.ts'

interface VerifyFlags {
  readonly file: string | undefined
  readonly wait: string | undefined
  readonly init: boolean
}

/** `verify` over several registries: a claim is about the instances of all of them together. */
export async function verifySeveral(
  context: Context,
  registries: SeveralRegistries,
  words: readonly string[],
  { file, wait, init }: VerifyFlags,
): Promise<number> {
  if (init) throw new RollcallError('usage', '--init is for one registry', { hint: 'name one of them with -c' })
  if (file === undefined || words.length > 0)
    throw new RollcallError('usage', 'verify takes a manifest, in --file', { hint: 'rollcall verify -f manifest.yaml' })
  const patience = wait === undefined ? 0 : durationFlag('--wait', wait)
  const output = parseOutput(context.globals, CLAIM_FORMATS)
  const manifest = await manifestFrom(context, file)
  const names = registries.all.map(({ name }) => name).join(', ')
  const writer = await claimWriter(context, output, {
    file: file === '-' ? undefined : inRepository(context.io, file),
    registry: names,
  })
  const { items, holds } = await verify(together(registries, patience > 0), manifest, {
    wait: patience,
    signal: context.signal,
    ...(patience > 0 && sayStates(context, (state: Verification) => claimsSummary(state.items))),
  })
  for (const item of items) await writer.row(item)
  await writer.end({ asOf: context.now(), also: registries.facts })
  if (output.format === 'table' || output.format === 'wide') await writeErrors(context, registries)
  await context.say(claimsSummary(items))
  registries.requireAll()
  return holds ? 0 : 1
}

/** All of them as one. While it is waited for, one that is away ends the look: without it nothing holds or fails. */
function together(registries: SeveralRegistries, waits: boolean): Verifiable {
  return {
    backend: {},
    entries(scope, options) {
      const scan = {
        revision: undefined,
        unreadable: undefined as string | undefined,
        async *batches(): AsyncGenerator<readonly Entry[], void, undefined> {
          for (const one of registries.all) {
            registries.forget(one)
            try {
              yield* batchesOf(one.context, scope, options, (hidden) => (scan.unreadable ??= `${one.name}: ${hidden}`))
            } catch (error) {
              if (waits && isAway(error)) throw error
              registries.failed(one, error)
            }
          }
        },
      }
      return scan
    },
  }
}

async function* batchesOf(
  context: Context,
  scope: Scope,
  options: { readonly signal?: AbortSignal | undefined },
  onHidden: (hidden: string) => void,
): AsyncGenerator<readonly Entry[], void, undefined> {
  const client = await context.client()
  const scan = client.entries(scope, options)
  let read = 0
  for await (const batch of scan.batches()) {
    read += batch.length
    yield batch
  }
  if (read === 0) await client.backend.checkPlace?.(options)
  if (scan.unreadable !== undefined) onHidden(scan.unreadable)
}
