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
  const { id } = entry.instance
  const item = { action: 'register', service: carried?.service ?? entry.service, id: carried?.id ?? id } as const
  if (result instanceof RollcallError) {
    const outcome = attempted ? outcomeOfError(id, result).result : 'not-attempted'
    return { ...item, keys: [], result: outcome, message: result.message }
  }
  const { records, lease, expiresAt, unhealthyAt } = registration ?? {}
  const { lost = [], keys = [] } = carried ?? {}
  return {
    ...item,
    keys: records?.map((record) => record.id) ?? keys,
    result,
    ...(lease !== undefined && { lease }),
    ...(expiresAt !== undefined && { expiresAt: new Date(expiresAt).toISOString() }),
    ...(unhealthyAt !== undefined && { unhealthyAt: new Date(unhealthyAt).toISOString() }),
    ...(lost.length > 0 && { message: `without ${lost.join(', ')}` }),
  }
}
