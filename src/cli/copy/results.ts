import { outcomeOfError } from '../../backends/contract/outcome.ts'
import type { Copied } from '../../client/copy/copy.ts'
import { RollcallError } from '../../model/errors.ts'
import { type WriteItem, writesTable } from '../change/results.ts'
import type { Context } from '../command.ts'
import { isBrokenPipe } from '../io.ts'
import { printChanges } from '../output/list-writer.ts'
import { parseOutput } from '../output/options.ts'

/** Prints what is changed while it is; a reader that is gone ends no change. */
export interface CopyResults {
  add(copied: Copied): void
  addItem(item: WriteItem): void
  drain(): Promise<void>
  end(): Promise<void>
}

/** On standard output, in the format that the flags ask for. @throws RollcallError `usage` for flags that are not valid */
export async function copyResults(context: Context): Promise<CopyResults> {
  const writer = await printChanges(context, 'WriteResultList', writesTable, parseOutput(context.globals))
  return {
    add(copied) {
      if (copied.result !== 'unchanged') writer.add(itemOf(copied))
    },
    addItem: (item) => writer.add(item),
    drain: () => unlessClosed(writer.drain()),
    end: () => unlessClosed(writer.end()),
  }
}

async function unlessClosed(writing: Promise<void>): Promise<void> {
  await writing.catch((error: unknown) => {
    if (!isBrokenPipe(error)) throw error
  })
}

/** The results of what was changed, or could not be. */
export function itemsOf(copied: readonly Copied[]): WriteItem[] {
  return copied.filter(({ result }) => result !== 'unchanged').map(itemOf)
}

function itemOf({ entry, carried, result, registration, attempted }: Copied): WriteItem {
  const action = 'register'
  const service = carried?.service ?? entry.service
  const id = carried?.id ?? entry.instance.id
  if (result instanceof RollcallError) {
    const outcome = attempted ? outcomeOfError(entry.instance.id, result).result : 'not-attempted'
    return { action, service, id, keys: [], result: outcome, message: result.message }
  }
  const { lost = [], keys = [] } = carried ?? {}
  const message = lost.length > 0 ? `without ${lost.join(', ')}` : undefined
  if (!registration) return { action, service, id, keys, result, message }
  const { records, lease, expiresAt, unhealthyAt } = registration
  return {
    action,
    service,
    id,
    keys: records.map((record) => record.id),
    result,
    lease,
    expiresAt: timeOf(expiresAt),
    unhealthyAt: timeOf(unhealthyAt),
    message,
  }
}

function timeOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString()
}
