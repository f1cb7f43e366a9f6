import {
  type InstanceInit,
  type KeepAliveOptions,
  type Registry,
  balancer,
  cachedDiscovery,
  connect,
  wait,
} from '../../src/index.ts'

/** What a program does: it uses the library in some ways, one after the other, closes it each time, and has nothing more to do. */
export interface Task {
  readonly url: string
  readonly token?: string
  /** The instance for each way, under a name of its own, and what it is registered with. */
  readonly uses: Readonly<Record<string, { readonly instance: InstanceInit; readonly options?: KeepAliveOptions }>>
}

type Way = (ground: {
  readonly registry: Registry
  readonly name: string
  readonly register: () => Promise<unknown>
}) => Promise<void>

const ways: Readonly<Record<string, Way>> = {
  async 'changes-then-stop'({ registry, name, register }) {
    const watcher = registry.watch(name)
    await untilAdded(watcher.changes(), register)
    await watcher.stop()
  },
  async 'changes-then-close'({ registry, name, register }) {
    await untilAdded(registry.watch(name).changes(), register)
  },
  async 'lists-then-stop'({ registry, name }) {
    const watcher = registry.watch(name)
    await watcher.next()
    void watcher.next().catch(() => {})
    await watcher.stop()
  },
  async 'for-await-then-leave'({ registry, name, register }) {
    let isFirst = true
    for await (const instances of registry.watch(name, { all: true })) {
      if (instances.length > 0) break
      if (isFirst) await register()
      isFirst = false
    }
  },
  async 'for-await-then-abort'({ registry, name }) {
    const stop = new AbortController()
    for await (const instances of registry.watch(name, { signal: stop.signal })) {
      if (instances.length === 0) stop.abort()
    }
  },
  async balanced({ registry, name, register }) {
    await register()
    const balanced = await balancer(registry, name)
    await balanced[Symbol.asyncDispose]()
    const discovery = cachedDiscovery(registry)
    await discovery.getService(name)
    await discovery[Symbol.asyncDispose]()
  },
  async waited({ registry, name, register }) {
    const named = { name, test: (service: string) => service === name }
    const waiting = wait(registry.client, { scope: {}, services: [named], min: 1 }, { timeout: 600_000 })
    await register()
    await waiting
  },
  async 'client-watch'({ registry, name, register }) {
    await untilAdded(registry.client.watch({ services: [name] }), register)
  },
  async 'kept-alive'({ registry, name, register }) {
    await register()
    await registry.getService(name)
  },
  async entries({ registry, register }) {
    await register()
    for await (const entry of registry.entries()) if (entry.is === 'instance') break
  },
}

/** How a program can use the library. */
export const WAYS: readonly string[] = Object.keys(ways)

/** Registers once the watch is there, and leaves it at the first one added. */
async function untilAdded(
  events: AsyncIterable<{ readonly type: string }>,
  register: () => Promise<unknown>,
): Promise<void> {
  for await (const { type } of events) {
    if (type === 'synced') await register()
    if (type === 'added' || type === 'snapshot') break
  }
}

/** Does it all, each way with a client of its own. */
export async function useAndClose({ url, uses, ...settings }: Task): Promise<void> {
  for (const [way, { instance, options }] of Object.entries(uses)) {
    const registry = await connect(url, { ...settings, environment: process.env })
    await ways[way]?.({ registry, name: instance.name, register: () => registry.register(instance, options) })
    await registry[Symbol.asyncDispose]()
  }
}
