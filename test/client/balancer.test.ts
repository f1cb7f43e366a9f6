import { describe, expect, it } from 'vitest'
import { type Balancer, type BalancerOptions, balancer } from '../../src/client/balancer.ts'
import { connect } from '../../src/client/registry.ts'
import type { InstanceInit } from '../../src/model/instance.ts'
import { scripted, silentlyWatching } from './clients.ts'
import { ScriptedBackend, away, recordOf } from './scripted-backend.ts'

const grpc = (id: string, more: Partial<InstanceInit> = {}): InstanceInit => ({
  name: 'pay',
  id,
  endpoints: [`grpc://${id}:9000`],
  ...more,
})

/** A registry with those instances, and a balancer over them. */
async function over(instances: readonly InstanceInit[], options: BalancerOptions = {}) {
  const registry = await connect('memory:')
  // What cannot be dialled is refused by the registry, and may lie there all the same.
  for (const instance of instances) await registry.client.backend.register(instance, {})
  const balanced = await balancer(registry, 'pay', options)
  return {
    registry,
    balanced,
    async [Symbol.asyncDispose]() {
      await balanced[Symbol.asyncDispose]()
      await registry[Symbol.asyncDispose]()
    },
  }
}

function picks(balanced: Balancer, times: number, hashKey?: string): string {
  const options = hashKey === undefined ? {} : { hashKey }
  return Array.from({ length: times }, () => balanced.pick(options).instance.id).join('')
}

const trio = [grpc('a'), grpc('b'), grpc('c')]

const aFails = async ({ instance }: { instance: { id: string } }) => (instance.id === 'a' ? await broken() : 'b')

describe('a balancer picks', () => {
  it('each in turn, and follows who comes and goes', async () => {
    await using ground = await over(trio)
    const { registry, balanced } = ground
    expect(picks(balanced, 4)).toBe('abca')
    await registry.register(grpc('d'), { keepAlive: false })
    await expect.poll(() => picks(balanced, 4)).toContain('d')
    await registry.deregister(grpc('b'))
    await expect.poll(() => picks(balanced, 4)).not.toContain('b')
  })

  it('the first endpoint that can be dialled, of a scheme where one is named', async () => {
    const both = grpc('a', { endpoints: ['grpc://', 'grpc://[::1]:9000', 'http://10.0.0.1:80'] })
    await using ground = await over([both, grpc('b')])
    expect(ground.balanced.pick()).toMatchObject({ url: 'grpc://[::1]:9000', address: '[::1]:9000' })
    await using http = await balancer(ground.registry, 'pay', { scheme: 'http' })
    expect([http.pick(), http.pick()]).toMatchObject([{ address: '10.0.0.1:80' }, { address: '10.0.0.1:80' }])
  })

  it('whom it prefers, and the others while none of those is there', async () => {
    const near = grpc('b', { metadata: { zone: 'a' } })
    await using ground = await over([grpc('a'), near], { prefer: ({ instance }) => instance.metadata['zone'] === 'a' })
    const { registry, balanced } = ground
    expect(picks(balanced, 3)).toBe('bbb')
    await registry.deregister(near)
    await expect.poll(() => picks(balanced, 3)).toBe('aaa')
  })

  it('the same one for the same text', async () => {
    await using ground = await over(trio, { strategy: 'hash' })
    const first = ground.balanced.pick({ hashKey: 'user-7' }).instance.id
    expect(picks(ground.balanced, 5, 'user-7')).toBe(first.repeat(5))
  })

  it('by weight', async () => {
    await using ground = await over(
      [grpc('a', { metadata: { weight: '3' } }), grpc('b', { metadata: { weight: '1' } })],
      { strategy: 'smooth-weighted' },
    )
    expect(picks(ground.balanced, 4)).toBe('aaba')
  })

  it('nobody where nobody is up, or can be dialled', async () => {
    await using ground = await over([])
    expect(() => ground.balanced.pick()).toThrow('pay has no instance')
    await ground.registry.register(grpc('a', { endpoints: null }), { keepAlive: false })
    await expect.poll(() => String(catching(() => ground.balanced.pick()))).toContain('none of them can be chosen')
    expect(catching(() => ground.balanced.pick())).toMatchObject({ code: 'not-found' })
  })

  it('without a request, and from the last list while the registry is away', async () => {
    const backend = new ScriptedBackend()
    backend.put(recordOf('pay/a', { instance: { endpoints: ['grpc://a:1'] } }))
    backend.put(recordOf('pay/b', { instance: { endpoints: ['grpc://b:1'] }, observed: { status: 'down' } }))
    await using balanced = await balancer({ client: scripted(backend) }, 'pay')
    backend.scanFailures.push(...Array.from({ length: 50 }, away))
    backend.fail(away())
    await expect.poll(() => balanced.stale).toBe(true)
    expect(picks(balanced, 3)).toBe('aaa')
  })

  it('nothing once it is closed, or when the registry was never reached', async () => {
    const backend = new ScriptedBackend()
    backend.scanFailures.push(away())
    await expect(balancer({ client: scripted(backend) }, 'pay')).rejects.toMatchObject({ code: 'unreachable' })
    const closed = await balancer({ client: scripted(backend) }, 'pay')
    await closed[Symbol.asyncDispose]()
    expect(() => closed.pick()).toThrow('the balancer of pay was closed')
  })

  it('nothing once its signal is aborted, while it waits for the first list or later', async () => {
    const backend = new ScriptedBackend()
    const gone = new Error('gone')
    const late = new AbortController()
    const opened = await balancer({ client: scripted(backend) }, 'pay', { signal: late.signal })
    late.abort(gone)
    expect(() => opened.pick()).toThrow(gone)
    await expect(balancer({ client: scripted(backend) }, 'pay', { signal: late.signal })).rejects.toBe(gone)
    await opened[Symbol.asyncDispose]()

    const early = new AbortController()
    const opening = balancer({ client: silentlyWatching() }, 'pay', { signal: early.signal })
    early.abort(gone)
    await expect(opening).rejects.toBe(gone)
  })
})

const broken = async () => {
  throw new Error('broken')
}

describe('a call', () => {
  it('tries the next instance when one fails, as often as it may', async () => {
    await using ground = await over(trio)
    const { balanced } = ground
    const tried: string[] = []
    const failingOn = (bad: string) => async (picked: { instance: { id: string } }) => {
      tried.push(picked.instance.id)
      if (bad.includes(picked.instance.id)) throw new Error(`${picked.instance.id} is broken`)
      return picked.instance.id
    }
    expect(await balanced.call(failingOn('ab'))).toBe('c')
    await expect(balanced.call(failingOn('abc'), { tries: 2 })).rejects.toThrow('b is broken')
    await expect(balanced.call(failingOn('abc'), { tries: 9 })).rejects.toThrow('b is broken')
    expect(tried.join('')).toBe('abcabcab')
  })

  it('leaves out who fails repeatedly for a while, and never the last', async () => {
    let now = 0
    await using ground = await over([grpc('a'), grpc('b')], { leftOutFor: 1000, now: () => now })
    const { balanced } = ground
    for (let at = 0; at < 3; at++) expect(await balanced.call(aFails)).toBe('b')
    expect(picks(balanced, 3)).toBe('bbb')
    for (let at = 0; at < 5; at++) await expect(balanced.call(broken, { tries: 1 })).rejects.toThrow('broken')
    expect(picks(balanced, 3)).toBe('bbb')
    now = 1000
    expect(picks(balanced, 2)).toBe('ab')
  })

  it('takes the quicker of two', async () => {
    let now = 0
    await using ground = await over([grpc('a'), grpc('b')], { strategy: 'least-rtt', now: () => now })
    const { balanced } = ground
    const took = { a: 20, b: 10 }
    for (let at = 0; at < 20; at++) await balanced.call(async ({ instance }) => (now += took[instance.id as 'a' | 'b']))
    expect(picks(balanced, 10)).toBe('bbbbbbbbbb')
  })

  it('that was given up is nobody’s fault, and tried nowhere else', async () => {
    await using ground = await over(trio)
    const stop = new AbortController()
    let calls = 0
    const stopping = async () => {
      calls++
      stop.abort(new Error('enough'))
      throw new Error('cut off')
    }
    await expect(ground.balanced.call(stopping, { signal: stop.signal })).rejects.toThrow('cut off')
    await expect(ground.balanced.call(stopping, { signal: stop.signal })).rejects.toThrow('enough')
    expect(calls).toBe(1)
  })
})

function catching(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
