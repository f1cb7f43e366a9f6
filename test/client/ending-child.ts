import { connect } from '../../src/index.ts'

/** A program that uses the library in one way, closes it, and has nothing more to do. */
const [url = '', way = ''] = process.argv.slice(2)
const instance = { id: 'p-1', name: `ending-${way}`, endpoints: ['grpc://10.0.0.1:9000'] }
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
