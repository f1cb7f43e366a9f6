import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { connect } from '../../src/index.ts'
import { ends } from './ends.ts'
import { WAYS } from './ways.ts'

const uses = (way: string) => ({ [way]: { instance: { id: 'p-1', name: 'pay', endpoints: ['grpc://10.0.0.1:9000'] } } })

// The conformance suite has them all on every registry, in one process.
describe('a program that has closed the library', () => {
  it.each(WAYS)('ends: memory:, %s', (way) => ends({ url: 'memory:', uses: uses(way) }))

  it.each(WAYS)('ends: file:, %s', async (way) => {
    const folder = await mkdtemp(join(tmpdir(), 'rollcall-ending-'))
    try {
      const url = `file:${join(folder, 'r.db')}`
      // So that there is a file to watch.
      const registry = await connect(url)
      await registry.register({ id: 'a', name: 'other', endpoints: ['grpc://10.0.0.1:9001'] }, { keepAlive: false })
      await registry[Symbol.asyncDispose]()
      await ends({ url, uses: uses(way) })
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
