import { expect } from 'vitest'
import type { Client } from '../../../src/client/client.ts'
import type { WatchEvent } from '../../../src/model/change.ts'

/** What a watch told so far, each as a line. */
export class Told implements AsyncDisposable {
  readonly lines: string[] = []
  readonly #stop = new AbortController()
  readonly #done: Promise<void>

  constructor(client: Client, services?: readonly string[]) {
    this.#done = this.#follow(client, services)
  }

  async #follow(client: Client, services: readonly string[] | undefined): Promise<void> {
    const scope = services ? { services } : {}
    for await (const event of client.watch(scope, { signal: this.#stop.signal })) this.lines.push(lineOf(event))
  }

  /** Waits until all of these were told. */
  async includes(...lines: readonly string[]): Promise<void> {
    await expect.poll(() => this.lines, { timeout: 30_000 }).toEqual(expect.arrayContaining([...lines]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#done
  }
}

function lineOf(event: WatchEvent): string {
  if (event.type === 'link') return `link ${event.state}`
  return 'entry' in event ? `${event.type} ${event.entry.service}/${event.entry.instance.id}` : event.type
}
