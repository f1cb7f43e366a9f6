import type { Client } from '../client/client.ts'
import type { InstanceEntry } from '../model/reading.ts'
import { FAILURE } from './answer.ts'
import type { InstanceTable } from './instance-table.ts'
import type { Live } from './live.ts'
import { Refusal } from './refusal.ts'

/** How the routes read: from this server's picture while it has one, else, or when told to, from the registry itself. */
export class Registry {
  readonly client: Client
  readonly live: Live

  constructor(client: Client, live: Live) {
    this.client = client
    this.live = live
  }

  /** Whether what the picture holds may be answered. */
  get isWatched(): boolean {
    return this.live.synced && this.client.capabilities.watch
  }

  async services(consistent: boolean): Promise<string[]> {
    if (this.#mayUsePicture(consistent)) return this.live.table.services()
    const names = new Set<string>()
    for (const entry of await this.#read({})) names.add(entry.service)
    return [...names].toSorted()
  }

  async instances(service: string, consistent: boolean): Promise<readonly InstanceEntry[]> {
    if (this.#mayUsePicture(consistent)) return this.live.table.of(service)
    return await this.#read({ services: [service] })
  }

  async all(consistent: boolean): Promise<readonly InstanceEntry[]> {
    return this.#mayUsePicture(consistent) ? [...this.live.table.all()] : await this.#read({})
  }

  /**
   * The one instance of exactly that id.
   *
   * @throws Refusal `notFound`; `conflict` where several have it.
   */
  async one(id: string, consistent: boolean): Promise<InstanceEntry> {
    const found = this.#mayUsePicture(consistent) ? this.live.table.withId(id) : await this.client.find({ id })
    const [entry, ...others] = found
    if (!entry) throw notFound()
    if (others.length === 0) return entry
    const names = found.map(({ service }) => service).join(', ')
    throw new Refusal(FAILURE.conflict, `the id "${id}" is found under several services or places: ${names}`)
  }

  /** The instance as the registry has it now; undefined where it is gone. Asks for its own records only, where it can. */
  async again(entry: InstanceEntry): Promise<InstanceEntry | undefined> {
    const [record, ...more] = entry.records
    if (!record || more.length > 0 || !this.client.capabilities.rawKeys) {
      const { service, instance } = entry
      return (await this.client.find({ service, id: instance.id }))[0]
    }
    for await (const found of this.client.entries({ rawKey: record.id })) if (found.is === 'instance') return found
    return undefined
  }

  /** Waits until a reader of this server sees a write. */
  async seen(holds: (table: InstanceTable) => boolean): Promise<void> {
    if (this.isWatched && !this.live.stale) await this.live.until(holds)
  }

  /** When the registry is away the last picture is better than nothing, save for who asked for the registry itself. */
  #mayUsePicture(consistent: boolean): boolean {
    return this.isWatched && !consistent
  }

  async #read(scope: { services?: string[] }): Promise<InstanceEntry[]> {
    const entries: InstanceEntry[] = []
    for await (const entry of this.client.entries(scope)) if (entry.is === 'instance') entries.push(entry)
    return entries
  }
}

/** The words that AIO's clients compare to know that they have to register again. */
export function notFound(): Refusal {
  return new Refusal(FAILURE.notFound, 'service not found')
}
