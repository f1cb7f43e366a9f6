import { EventEmitter, once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { endAll } from '../../../src/cli/instances/heartbeats.ts'

describe('the end of several registrations that are kept alive', () => {
  it('waits for the others where one cannot be deregistered, and then reports that', async () => {
    const ended: string[] = []
    const gate = new EventEmitter()
    const slow = async () => {
      await once(gate, 'open')
    }
    const one = (name: string, work: () => Promise<void>) => ({
      release: () => Promise.resolve(void ended.push(`${name} left`)),
      [Symbol.asyncDispose]: () => work().then(() => void ended.push(name)),
    })
    const failing = one('first', () => Promise.reject(new Error('refused')))
    const ending = endAll([failing, one('second', slow)], { leave: false }).catch((error: unknown) => {
      ended.push(String(error))
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toEqual([])
    gate.emit('open')
    await ending
    expect(ended).toEqual(['second', 'Error: refused'])
  })

  it('leaves all registered when told to', async () => {
    const ended: string[] = []
    const one = {
      release: () => Promise.resolve(void ended.push('left')),
      [Symbol.asyncDispose]: () => Promise.resolve(void ended.push('deregistered')),
    }
    await endAll([one, one], { leave: true })
    expect(ended).toEqual(['left', 'left'])
  })
})
