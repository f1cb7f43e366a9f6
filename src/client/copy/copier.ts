import type { InstanceEntry } from '../../model/reading.ts'
import type { Client } from '../client.ts'
import { type Copied, type CopyOptions, copyInto } from './copy.ts'
import { Present } from './present.ts'

/**
 * Registers in one registry what others have, which it reads as far as it needs to, once. What is there and says the same is left alone, so
 * that a second run changes nothing and finishes one that was interrupted. Each instance is registered once: keeping it alive is its
 * process' business, so without `ttl: null` it expires after its TTL.
 */
export class Copier {
  readonly #client: Client
  readonly #options: CopyOptions
  readonly #present: Present

  constructor(client: Client, options: CopyOptions = {}) {
    this.#client = client
    this.#options = options
    this.#present = new Present(client, options.signal)
  }

  /**
   * Copies instances, and yields what became of each, batch by batch. After an error of the whole registry the rest of the batch is not
   * attempted, and it ends.
   *
   * @throws the signal's reason, and errors of the source and of reading the registry
   */
  copy(source: AsyncIterable<readonly InstanceEntry[]>): AsyncGenerator<readonly Copied[], void, undefined> {
    return copyInto(this.#client, source, { ...this.#options, present: this.#present })
  }

  /**
   * Says of instances, batch by batch, how the registry would have each, and changes nothing: all that would be written is `planned`,
   * also what would take the place of something else.
   *
   * @throws as `copy`
   */
  foresee(source: AsyncIterable<readonly InstanceEntry[]>): AsyncGenerator<readonly Copied[], void, undefined> {
    const options = { ...this.#options, present: this.#present, dryRun: true, replace: true }
    return copyInto(this.#client, source, options)
  }

  /** Whether there is a registry: an embedded one that registering creates is not there before. Known once instances were copied, or foreseen. */
  get isThere(): boolean {
    return this.#present.isThere
  }

  /** Which part of what was read of the registry this user has no permission to read, as one sentence; undefined when there is none. */
  get unreadable(): string | undefined {
    return this.#present.unreadable
  }
}
