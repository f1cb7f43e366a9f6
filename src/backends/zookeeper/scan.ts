import { rangeText, type KeyRange, type StorePage, type StoreScanOptions } from '../kv/store.ts'
import type { Ensemble } from './ensemble.ts'
import { Walk } from './walk.ts'

/** Pages in key order, each as of its own moment. */
export async function* scan(
  ensemble: Ensemble,
  range: KeyRange,
  options: StoreScanOptions = {},
): AsyncGenerator<StorePage, void, undefined> {
  const { signal, limit = Infinity, pageSize = Infinity } = options
  signal?.throwIfAborted()
  let left = limit
  let told = false
  try {
    await ensemble.catchUp(ensemble.reader.session, signal)
    const walk = new Walk(ensemble.reader, range, { chroot: ensemble.chroot, signal })
    for await (const records of walk.records()) {
      for (let at = 0; at < records.length && left > 0; ) {
        const part = records.slice(at, at + Math.min(pageSize, left))
        yield { ...pageOf(ensemble, walk), records: part }
        signal?.throwIfAborted()
        told = true
        at += part.length
        left -= part.length
      }
      if (left <= 0) return
    }
    if (!told) await ensemble.requireChroot(signal)
    if (!told || walk.hidden.size > 0) yield pageOf(ensemble, walk)
  } catch (error) {
    throw ensemble.explain(error, `read ${rangeText(range)}`)
  }
}

/** Says once what may not be read. */
function pageOf({ reader }: Ensemble, { hidden }: Walk): StorePage {
  const page = { records: [], revision: String(reader.session.zxid) }
  if (hidden.size === 0) return page
  const keys = [...hidden].map((path) => Buffer.from(path))
  hidden.clear()
  return { ...page, hidden: keys }
}
