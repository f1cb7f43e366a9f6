import type { Catalogue } from './catalogue.ts'
import type { HealthEntry } from './entry.ts'

/**
 * An agent takes a change at once, and tells the servers a moment later. Waits until the catalogue shows it, so that who
 * writes can read it; at most `patience` milliseconds. Answers with the last that was seen.
 */
export async function settled(
  catalogue: Catalogue,
  consulName: string,
  agrees: (entries: readonly HealthEntry[]) => boolean,
  { signal, patience }: { readonly signal: AbortSignal | undefined; readonly patience: number },
): Promise<readonly HealthEntry[]> {
  const end = performance.now() + patience
  let picture = await catalogue.service('', consulName, { signal })
  while (!agrees(picture.entries)) {
    const left = Math.round(end - performance.now())
    if (left <= 0) break
    const after = { index: picture.index ?? '0', wait: left }
    picture = await catalogue.service('', consulName, { signal, after })
  }
  return picture.entries
}
