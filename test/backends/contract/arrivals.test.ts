import { EventEmitter, once } from 'node:events'
import { expect, it, vi } from 'vitest'
import { Arrivals } from '../../../src/backends/contract/arrivals.ts'

it('takes promises in the order in which they settle, and rejects as one did', async () => {
  const arrivals = new Arrivals<string>()
  const said = new EventEmitter()
  arrivals.add(once(said, 'word').then(String))
  arrivals.add(Promise.reject(new Error('failed')))
  await expect(arrivals.next()).rejects.toThrow('failed')
  arrivals.add(Promise.resolve('first'))
  expect(await arrivals.next()).toBe('first')
  const last = arrivals.next()
  said.emit('word', 'last')
  expect(await last).toBe('last')
})

it('leaves nothing behind on a promise that waits for long', async () => {
  const arrivals = new Arrivals<number>()
  const quiet = new Promise<number>(() => {})
  const listening = vi.spyOn(quiet, 'then')
  arrivals.add(quiet)
  for (let each = 0; each < 100; each++) {
    arrivals.add(Promise.resolve(each))
    expect(await arrivals.next()).toBe(each)
  }
  expect(listening).toHaveBeenCalledOnce()
})
