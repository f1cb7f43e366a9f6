import { balancer, cachedDiscovery, connect, wait } from '../../src/index.ts'

/** A program that uses the library in one way, closes it, and has nothing more to do. */
const [url = '', way = ''] = process.argv.slice(2)
// Each way has an id of its own: one Consul agent has an id once, and some ways leave their instance there.
const instance = { id: `p-${way}`, name: `ending-${way}`, endpoints: ['grpc://10.0.0.1:9000'] }
const registry = await connect(url)
// So that there is a file to watch.
await registry.register({ id: 'a', name: 'other', endpoints: ['grpc://10.0.0.1:9001'] })

const ways: Readonly<Record<string, () => Promise<void>>> = {
  async 'changes-then-stop'() {
    const watcher = registry.watch(instance.name)
    await untilAdded(watcher.changes())
    await watcher.stop()
  },
  async 'changes-then-close'() {
    await untilAdded(registry.watch(instance.name).changes())
  },
  async 'lists-then-stop'() {
    const watcher = registry.watch(instance.name)
    await watcher.next()
    void watcher.next().catch(() => {})
    await watcher.stop()
  },
  async 'for-await-then-leave'() {
    for await (const instances of registry.watch(instance.name)) {
      if (instances.length > 0) break
      await registry.register(instance)
    }
  },
  async 'for-await-then-abort'() {
    const stop = new AbortController()
    for await (const instances of registry.watch(instance.name, { signal: stop.signal })) {
      if (instances.length === 0) stop.abort()
    }
  },
  async balanced() {
    await registry.register(instance)
    // Nothing is picked: a Consul tries the address before it calls the instance up.
    const balanced = await balancer(registry, instance.name)
    await balanced[Symbol.asyncDispose]()
    const discovery = cachedDiscovery(registry)
    await discovery.getService(instance.name)
    await discovery[Symbol.asyncDispose]()
  },
  async waited() {
    const named = { name: instance.name, test: (service: string) => service === instance.name }
    const waiting = wait(registry.client, { scope: {}, services: [named], min: 1 }, { timeout: 600_000 })
    await registry.register(instance)
    await waiting
  },
  async 'client-watch'() {
    await untilAdded(registry.client.watch({ services: [instance.name] }))
  },
  async 'kept-alive'() {
    await registry.register(instance)
    await registry.getService(instance.name)
  },
  async entries() {
    for await (const entry of registry.entries()) if (entry.is === 'instance') break
  },
}

/** Registers once the watch is there, and leaves it at the first one added. */
async function untilAdded(events: AsyncIterable<{ readonly type: string }>): Promise<void> {
  for await (const { type } of events) {
    if (type === 'synced') await registry.register(instance)
    if (type === 'added' || type === 'snapshot') break
  }
}

await ways[way]?.()
await registry[Symbol.asyncDispose]()
process.stdout.write('closed')
