import type { ChildProcess } from 'node:child_process'
import { putAll } from '../raw/write.ts'
import type { BenchEtcd } from '../registries/etcd.ts'
import { instance } from '../registries/fleet.ts'

/** How often a key is put until the watcher reports it, milliseconds. */
const KNOCK = 100

/** When the line of each instance came, recognised by its id, which stands in the line. */
export class Lines {
  /** Milliseconds since 1970, in the order of the instances. */
  readonly all: Promise<number[]>
  readonly #count: number
  #seen: () => void = () => {}

  constructor(watcher: ChildProcess, count: number) {
    this.#count = count
    const places = new Map(Array.from({ length: count }, (_, at) => [instance(at).key.split('/')[3], at]))
    const printed: number[] = []
    let [rest, missing] = ['', count]
    this.all = new Promise((resolve, reject) => {
      watcher.once('exit', () => reject(new Error(`${missing} of ${count} changes were not reported`)))
      watcher.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
        this.#seen()
        const time = performance.timeOrigin + performance.now()
        const lines = (rest + chunk).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) {
          const at = places.get(/"id":"([^"]+)"/.exec(line)?.[1])
          if (at === undefined || printed[at] !== undefined) continue
          printed[at] = time
          missing -= 1
        }
        if (missing === 0) resolve(printed)
      })
    })
    this.all.catch(() => {}) // reaches whoever waits for it
  }

  /** Resolves when the watcher reports anything: what is there already, or a key that is put again and again. */
  async begin({ client }: BenchEtcd): Promise<void> {
    const reported = new Promise<void>((resolve) => (this.#seen = resolve))
    const knock = setInterval(() => void putAll(client, [instance(this.#count)]), KNOCK)
    try {
      await Promise.race([reported, this.all])
    } finally {
      clearInterval(knock)
    }
  }
}
