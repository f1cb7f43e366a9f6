import { createHash } from 'node:crypto'
import type { InstanceEntry } from '../../model/reading.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Client } from '../client.ts'
import type { Carried } from './carried.ts'
import { contentOf } from '../../reports/content.ts'

/** As many services are read by name; for more of them everything is read. */
const FEW = 10

/** What is registered of one service. */
interface ServicePresent {
  /** The fingerprints of its instances by id: several where one is in several places. */
  readonly byId: Map<string, string[]>
  /** In the order in which they were met. */
  readonly layouts: Set<LayoutName>
}

/** What is registered where instances are to be copied to, read when it is asked for. Of a registry that is read as a whole, it holds little for each instance. */
export class Present {
  /** Which part of what was read this user has no permission to read, as one sentence. */
  unreadable: string | undefined
  readonly #client: Client
  readonly #signal: AbortSignal | undefined
  readonly #services = new Map<string, ServicePresent>()
  readonly #loaded = new Set<string>()
  #hasAll = false
  #isThere = false

  constructor(client: Client, signal?: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  /** Whether there is a registry: one that registering creates has nothing. Known once something was asked for. */
  get isThere(): boolean {
    return this.#isThere
  }

  /** Reads what is registered of these services, unless it has, and forgets the others, of which a source in order has no more. */
  async load(services: Iterable<string>): Promise<void> {
    if (this.#hasAll) return
    const wanted = new Set(services)
    const missing = [...wanted].filter((service) => !this.#loaded.has(service))
    if (missing.length === 0) return
    this.#isThere ||= (await this.#client.backend.exists?.()) ?? true
    if (!this.#isThere) return
    this.#hasAll = missing.length > FEW
    for (const service of this.#loaded) if (this.#hasAll || !wanted.has(service)) this.#forget(service)
    await this.#read(this.#hasAll ? undefined : missing, (entry) => this.#add(entry))
    for (const service of missing) this.#loaded.add(service)
  }

  #forget(service: string): void {
    this.#loaded.delete(service)
    this.#services.delete(service)
  }

  /** Gives each instance of these services, or of all. */
  async #read(services: readonly string[] | undefined, take: (entry: InstanceEntry) => void): Promise<void> {
    const scan = this.#client.entries(services ? { services } : {}, this.#signal ? { signal: this.#signal } : {})
    for await (const batch of scan.batches()) for (const entry of batch) if (entry.is === 'instance') take(entry)
    this.unreadable ??= scan.unreadable
  }

  #add(entry: InstanceEntry): void {
    const service = this.#services.get(entry.service) ?? { byId: new Map(), layouts: new Set() }
    this.#services.set(entry.service, service)
    const { layout } = entry.observed
    if (layout !== undefined && layout !== 'service') service.layouts.add(layout)
    const { id } = entry.instance
    const fingerprint = fingerprintOf(contentOf(entry))
    const others = service.byId.get(id)
    if (others) others.push(fingerprint)
    else service.byId.set(id, [fingerprint])
  }

  /** The layout in which a service is registered, where that is another than would be written: a new instance follows it. */
  layoutOf(service: string, usual: Carried['layout']): LayoutName | undefined {
    const there = this.#services.get(service)?.layouts
    if (!there || usual === undefined || usual === 'service' || there.has(usual)) return undefined
    const [first] = there
    return first
  }

  /** What is there of a carried instance: the same, something else by its id, or nothing. */
  of({ service, id, content, lost }: Carried): 'same' | 'other' | 'none' {
    const there = this.#services.get(service)
    if (!there) return 'none'
    const said = fingerprintOf(content())
    // A registry that keeps no ids is asked for the rest.
    if (lost.includes('id'))
      return [...there.byId.values()].some((fingerprints) => fingerprints.includes(said)) ? 'same' : 'none'
    const fingerprints = there.byId.get(id)
    if (!fingerprints) return 'none'
    return fingerprints.includes(said) ? 'same' : 'other'
  }

  /** The contents of what is there in the place of these; read anew, as of now. Undefined for what is gone. */
  async contentsOf(carried: readonly Carried[]): Promise<readonly (string | undefined)[]> {
    const contents = new Map<string, string>()
    await this.#read([...new Set(carried.map(({ service }) => service))], (entry) => {
      const key = `${entry.service}\0${entry.instance.id}`
      if (!contents.has(key)) contents.set(key, contentOf(entry))
    })
    return carried.map(({ service, id }) => contents.get(`${service}\0${id}`))
  }
}

function fingerprintOf(content: string): string {
  return createHash('sha256').update(content).digest('base64')
}
