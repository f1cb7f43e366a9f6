import { type LocalStore, openLocalStore } from '../../../src/backends/local/store.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import type { Message } from './processes.ts'

/** A process of its own at the registry's file. Told what to do by its arguments; tells by messages. */
const [task = '', path = '', name = ''] = process.argv.slice(2)
const range = { start: Buffer.from('/'), end: Buffer.from('0') }

const tasks: Readonly<Record<string, (store: LocalStore) => Promise<void>>> = {
  /** Twenty records of its own, when told to begin. */
  async write(store) {
    await said({})
    await new Promise((resolve) => process.once('message', resolve))
    for (let at = 0; at < 20; at += 1)
      await store.write([{ put: Buffer.from(`/${name}/${at}`), value: Buffer.from(''), expect: null }])
  },

  /** Fifty records at a time, all with one number, until it is killed. */
  async 'write for ever'(store) {
    for (let number = 1; ; number += 1) {
      const value = Buffer.from(`${name}-${number}`)
      const puts = Array.from({ length: 50 }, (_, at) => ({ put: Buffer.from(`/k${at}`), value }))
      const [outcome] = await store.write(puts, { atomic: true })
      await said({ revision: outcome?.revision, value: value.toString() })
    }
  },

  /** Tells each change and when it saw it, until it is killed. */
  async watch(store) {
    const changes = store.watch([range], { since: '0', signal: new AbortController().signal })
    await said({})
    for await (const event of changes)
      if (event.is === 'changes')
        for (const change of event.changes)
          await said({
            seen: now(),
            value: 'put' in change ? Buffer.from(change.put.value).toString() : 'removed',
          })
  },

  /** What it sees, and what becomes of a write. */
  async look(store) {
    let count = 0
    for await (const page of store.scan(range)) count += page.records.length
    await said({ count })
    await store.write([{ put: Buffer.from('/looked'), value: Buffer.from('') }])
  },

  /** Tells the key of each record. */
  async keys(store) {
    for await (const page of store.scan(range))
      for (const { key } of page.records) await said({ value: Buffer.from(key).toString() })
  },

  /** Large values until something stops it. */
  async fill(store) {
    for (let at = 0; ; at += 1) await store.write([{ put: Buffer.from(`/big/${at}`), value: Buffer.alloc(20_000, 1) }])
  },
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

function said(message: Message): Promise<void> {
  return new Promise((resolve) => process.send?.(message, () => resolve()))
}

// With a handler, a limit on the size of files is an error of the write instead of the end of the process.
process.on('SIGXFSZ', () => {})
await (await openLocalStore(undefined, Date.now))[Symbol.asyncDispose]()
// Root may write anything, so a test of permissions becomes somebody else, now that all code is loaded.
if (task === 'look' && process.getuid?.() === 0) process.setuid?.(65_534)
try {
  const store = await openLocalStore(path, Date.now)
  await tasks[task]?.(store)
  await store[Symbol.asyncDispose]()
} catch (error) {
  if (!(error instanceof RollcallError)) throw error
  await said({ code: error.code, message: error.message })
}
process.disconnect()
