import type { RecordSign } from './record-sign.ts'
import { segmentsOf } from './stored-key.ts'

const FOLDERS: ReadonlySet<string> = new Set(['providers', 'consumers', 'configurators', 'routers'])

/** Dubbo at interface level: all is in the key. */
export const DUBBO: RecordSign = {
  title: 'Dubbo',
  is({ key }) {
    const [, , folder = '', url, ...rest] = key === undefined ? [] : segmentsOf(key)
    if (url === undefined || rest.length > 0 || !FOLDERS.has(folder)) return false
    try {
      return /^[\w.+-]+:\/\/.*[?&]interface=/s.test(decodeURIComponent(url))
    } catch {
      return false
    }
  },
  removal: {
    comesBack: false,
    note: 'its process, if still running, stays unregistered until it opens a new session',
  },
}
