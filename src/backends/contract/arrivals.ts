/**
 * Promises, each taken once when it has settled, the earliest first. To race them again and again would add to what those that wait for long
 * have to call in the end, without a limit.
 */
export class Arrivals<T> {
  readonly #settled: Promise<T>[] = []
  #heard: () => void = () => {}

  add(promise: Promise<T>): void {
    const arrive = (): void => {
      this.#settled.push(promise)
      this.#heard()
    }
    promise.then(arrive, arrive)
  }

  /** The result of the next one, or its rejection; it waits for ever where none is left. One caller at a time. */
  async next(): Promise<T> {
    for (;;) {
      const promise = this.#settled.shift()
      if (promise) return await promise
      await new Promise<void>((resolve) => {
        this.#heard = resolve
      })
    }
  }
}
