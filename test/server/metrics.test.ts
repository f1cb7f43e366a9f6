import { expect, it } from 'vitest'
import { metricsIn, problemsOf } from './exposition.ts'
import { Ground, onEmbeddedAndEtcd } from './ground.ts'

async function metricsOf({ url }: Ground): Promise<string> {
  return await (await fetch(`${url}/metrics`)).text()
}

const wrong = (name: string, type: string) => problemsOf({ name, type, help: 'x', samples: [] })

/** Twenty at once, of which each is answered. */
async function abreast(ask: (at: number) => Promise<{ status: number }>): Promise<void> {
  const answers = await Promise.all(Array.from({ length: 20 }, (_, at) => ask(at)))
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200))
}

it('/metrics is what Prometheus reads, without a word of its linter, whatever services are called', async () => {
  await using ground = await Ground.open()
  for (const name of ['plain', 'quo"te', 'back\\slash', 'ünïcode', '__proto__', 'a{b="c"} 1'])
    await ground.register(name)
  await ground.ask('GET', '/registry/services/none')
  await ground.ask('DELETE', '/registry/services/none')
  const metrics = metricsIn(await metricsOf(ground))
  expect(metrics.flatMap(problemsOf)).toEqual([])
  expect(metrics.length).toBeGreaterThan(30)
  const names = metrics.map(({ name }) => name)
  expect(names).toEqual(
    expect.arrayContaining(['rollcall_instances', 'rollcall_writes_total', 'nodejs_active_resources']),
  )
  expect(metrics.find(({ name }) => name === 'rollcall_instances')?.samples).toHaveLength(6)
})

it('the linter finds what is wrong', () => {
  expect(wrong('nodejs_active_handles_total', 'gauge')).toEqual([expect.stringContaining('_total')])
  expect(wrong('writes', 'counter')).toEqual([expect.stringContaining('_total')])
  expect(wrong('time_ms', 'gauge')).toEqual([expect.stringContaining('unit')])
  expect(() => metricsIn('a{b="c"d} 1\n')).toThrow('labels')
})

await onEmbeddedAndEtcd('twenty requests abreast', (open) => {
  it('are answered, and Node warns of nothing', async () => {
    const warnings: string[] = []
    const hear = (warning: Error): void => void warnings.push(String(warning.stack))
    process.on('warning', hear)
    try {
      await using ground = await open()
      for (let port = 1; port <= 20; port++) await ground.register('a', port)
      const all: readonly { id: string }[] = (await ground.get('/discovery/a')).data
      await abreast(() => fetch(`${ground.url}/metrics`))
      await abreast(() => ground.get('/services?consistent=true'))
      await abreast((at) => ground.ask('PUT', `/registry/services/${all[at]?.id}/renew`))
      await abreast((at) => ground.ask('PUT', `/registry/services/${all[at]?.id}/offline`))
      await abreast(async (at) => {
        const body = { name: 'b', address: `127.0.0.1:${at + 1}` }
        return await ground.ask('POST', '/registry/services', body)
      })
      await abreast((at) => ground.ask('DELETE', `/registry/services/${all[at]?.id}`))
      await abreast(() => ground.ask('DELETE', '/registry/admin/services/b'))
      await fetch(`${ground.url}/healthz`) // what Node warns of is told a turn later
      expect(warnings).toEqual([])
    } finally {
      process.off('warning', hear)
    }
  })
})
