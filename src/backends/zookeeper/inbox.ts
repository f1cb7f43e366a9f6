import { LoginRefused, NobodyServes, OldServer } from './client/index.ts'
import type { StoreEvent } from '../kv/store.ts'
import { reasonOf } from './errors.ts'

/** Collects what the session of a watch has reported until the watch takes it. */
export class Inbox {
  readonly #paths = new Set<string>()
  #links: StoreEvent[] = []
  #isUp = true
  #refusal: Error | undefined
  #mustReadAll = true
  #wake: () => void = () => {}

  /** Notes that a node has changed. */
  event(path: string): void {
    this.#paths.add(path)
    this.#wake()
  }

  /** Notes that the connection was made or lost. After a new connection everything may have changed. */
  link(state: 'up' | 'down', reason?: Error): void {
    if (reason instanceof OldServer) return
    if (reason instanceof NobodyServes && reason.losses.some((loss) => loss instanceof LoginRefused))
      this.#refusal = reason
    if (state === 'up') this.#mustReadAll = true
    if (this.#isUp !== (state === 'up')) {
      this.#isUp = state === 'up'
      const message = reason && `zookeeper: ${reasonOf(reason)}`
      this.#links.push({ is: 'link', state, ...(message === undefined ? {} : { message }) })
    }
    this.#wake()
  }

  /** The changes of the connection since the last call. Throws a refusal that ends the watch for good. */
  takeLinks(): StoreEvent[] {
    if (this.#refusal) throw this.#refusal
    const links = this.#links
    this.#links = []
    return links
  }

  takePaths(): string[] {
    const paths = [...this.#paths]
    this.#paths.clear()
    return paths
  }

  get isUp(): boolean {
    return this.#isUp
  }

  get mustReadAll(): boolean {
    return this.#mustReadAll
  }

  /** Call it before reading everything, so that changes meanwhile count again. */
  readsAll(): void {
    this.#mustReadAll = false
  }

  readAllAgain(): void {
    this.#mustReadAll = true
  }

  /** Resolves when something was reported, the time is over, or the signal is aborted. */
  async wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#paths.size > 0 || this.#links.length > 0 || signal.aborted) return
    if (this.#mustReadAll && this.#isUp) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      signal.addEventListener('abort', this.#onAbort, { once: true })
      if (milliseconds !== Infinity) timer = setTimeout(resolve, milliseconds)
    })
    clearTimeout(timer)
    signal.removeEventListener('abort', this.#onAbort)
    this.#wake = () => {}
  }

  readonly #onAbort = (): void => this.#wake()
}
