import type { ChildProcess } from 'node:child_process'
import { putAll } from '../raw/write.ts'
import type { BenchEtcd } from '../registries/etcd.ts'
import { instance } from '../registries/fleet.ts'

/** Milliseconds between two of the keys that are put until the watcher reports one. */
const KNOCK = 100

/** When the line of each instance came, recognised by its id, which stands in the line. */
export class Lines {
  /** Milliseconds since 1970, in the order of the instances. */
  readonly all: Promise<number[]>
  readonly #count: number
  #onLine: (id: string) => void = () => {}

  constructor(watcher: ChildProcess, count: number) {
    this.#count = count
    const places = new Map(Array.from({ length: count }, (_, at) => [idOf(at), at]))
    const printed: number[] = []
    let [rest, missing] = ['', count]
    this.all = new Promise((resolve, reject) => {
      watcher.once('exit', () => reject(new Error(`${missing} of ${count} changes were not reported`)))
      watcher.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        const time = performance.timeOrigin + performance.now()
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const [, id = ''] = /"id":"([^"]+)"/.exec(line) ?? []
          this.#onLine(id)
          const at = places.get(id)
          if (at === undefined || printed[at] !== undefined) continue
          printed[at] = time
          missing -= 1
        }
        if (missing === 0) resolve(printed)
      })
    })
    this.all.catch(() => {}) // reaches whoever waits for it
  }

  /**
   * Resolves when the watcher has reported a change that was made after its first line: what is in that line may have been
   * read before the watch began.
   */
  async begin({ client }: BenchEtcd): Promise<void> {
    const late = new Set<string>()
    let [next, hasBegun] = [this.#count, false]
    const reported = new Promise<void>((resolve) => {
      this.#onLine = (id) => {
        hasBegun = true
        if (late.has(id)) resolve()
      }
    })
    const knock = setInterval(() => {
      if (hasBegun) late.add(idOf(next))
      void putAll(client, [instance(next++)])
    }, KNOCK)
    try {
      await Promise.race([reported, this.all])
    } finally {
      clearInterval(knock)
      this.#onLine = () => {}
    }
  }
}

function idOf(at: number): string {
  return instance(at).key.split('/')[3] ?? ''
}
