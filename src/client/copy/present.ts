import type { InstanceEntry } from '../../model/reading.ts'
import type { LayoutName } from '../../model/observed.ts'
import type { Client } from '../client.ts'
import type { Carried } from './carried.ts'
import { contentOf } from './content.ts'

/** As many services are read by name; for more of them everything is read. */
const FEW = 10

/** What is registered of one service. */
interface ServicePresent {
  /** The contents of its instances by id: several where one is in several places. */
  readonly byId: Map<string, string[]>
  /** In the order in which they were met. */
  readonly layouts: Set<LayoutName>
}

type Found = { readonly is: 'same' } | { readonly is: 'none' } | { readonly is: 'other'; readonly content: string }

/** What is registered where instances are to be copied to, read when it is asked for, and once. */
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

  /** Reads what is registered of these services, unless it has. */
  async load(services: Iterable<string>): Promise<void> {
    if (this.#hasAll) return
    const missing = [...new Set(services)].filter((service) => !this.#loaded.has(service))
    if (missing.length === 0) return
    this.#isThere ||= (await this.#client.backend.exists?.()) ?? true
    if (!this.#isThere) return
    this.#hasAll = missing.length > FEW
    const scope = this.#hasAll ? {} : { services: missing }
    const scan = this.#client.entries(scope, this.#signal ? { signal: this.#signal } : {})
    for await (const batch of scan.batches())
      for (const entry of batch) if (entry.is === 'instance' && !this.#loaded.has(entry.service)) this.#add(entry)
    for (const service of missing) this.#loaded.add(service)
    this.unreadable ??= scan.unreadable
  }

  #add(entry: InstanceEntry): void {
    const service = this.#services.get(entry.service) ?? { byId: new Map(), layouts: new Set() }
    this.#services.set(entry.service, service)
    const { layout } = entry.observed
    if (layout !== undefined && layout !== 'service') service.layouts.add(layout)
    const { id } = entry.instance
    const contents = service.byId.get(id)
    if (contents) contents.push(contentOf(entry))
    else service.byId.set(id, [contentOf(entry)])
  }

  /** The layout in which a service is registered, where that is another than would be written: a new instance follows it. */
  layoutOf(service: string, usual: Carried['layout']): LayoutName | undefined {
    const there = this.#services.get(service)?.layouts
    if (!there || usual === undefined || usual === 'service' || there.has(usual)) return undefined
    const [first] = there
    return first
  }

  /** What is there of a carried instance: the same, something else by its id, or nothing. */
  of({ service, id, content, lost }: Carried): Found {
    const there = this.#services.get(service)
    if (!there) return { is: 'none' }
    const said = content()
    // A registry that keeps no ids is asked for the rest.
    if (lost.includes('id'))
      return { is: [...there.byId.values()].some((contents) => contents.includes(said)) ? 'same' : 'none' }
    const contents = there.byId.get(id)
    if (!contents) return { is: 'none' }
    const [first = ''] = contents
    return contents.includes(said) ? { is: 'same' } : { is: 'other', content: first }
  }
}
