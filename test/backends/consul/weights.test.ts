import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Ran, run } from '../../cli/run.ts'
import { type ConsulServer, startConsul } from '../../servers/consul/start.ts'
import { describeWith } from '../../servers/with-server.ts'

interface Service {
  readonly weights?: readonly [passing: number, warning: number]
  readonly meta?: Readonly<Record<string, string>>
}

/** The weights in the order of the instances, of which smooth-weighted picks each so often in as many turns. */
const CASES: readonly (readonly [title: string, services: readonly Service[], counts: readonly number[]])[] = [
  ['of a chosen weight beside the default, a tenth', [{ weights: [10, 1] }, {}], [10, 1]],
  ['of default weights, the same', [{}, {}], [1, 1]],
  ["as Kratos' clients do where the metadata have a weight", [{ meta: { weight: '50' } }, {}], [1, 2]],
  ['with chosen weights of both kinds by what each says', [{ meta: { weight: '2' } }, { weights: [6, 1] }], [1, 3]],
]

await describeWith('consul', 'pick in Consul weighs', () => {
  let consul: ConsulServer
  let home: string
  beforeAll(async () => {
    consul = await startConsul()
    home = await mkdtemp(join(tmpdir(), 'rollcall-home-'))
  })
  afterAll(async () => {
    await consul[Symbol.asyncDispose]()
    await rm(home, { recursive: true })
  })

  const on = (line: string): Promise<Ran> =>
    run(line, { env: { ROLLCALL_REGISTRY: `consul://${consul.endpoint}`, HOME: home } })

  it.each(CASES)('%s', async (title, services, counts) => {
    const name = `s${CASES.findIndex(([each]) => each === title)}`
    for (const [at, { weights, meta = {} }] of services.entries()) {
      const check = { CheckID: `${name}-${at}`, TTL: '1h', Status: 'passing' }
      await consul.api('PUT', '/v1/agent/service/register', {
        Name: name,
        ID: `${name}-${at}`,
        Address: `10.3.0.${at}`,
        Port: 80,
        Meta: meta,
        Check: check,
        ...(weights && { Weights: { Passing: weights[0], Warning: weights[1] } }),
      })
    }
    const turns = counts.reduce((sum, count) => sum + count)
    const picked: Record<string, number> = {}
    for (let turn = 0; turn < turns; turn++) {
      const { stdout } = await on(`pick ${name} --strategy smooth-weighted -o addr`)
      picked[stdout] = (picked[stdout] ?? 0) + 1
    }
    expect(picked).toEqual(Object.fromEntries(counts.map((count, at) => [`10.3.0.${at}:80\n`, count])))
  })

  it('but shows no weight that nobody chose, so that an imported list has none either', async () => {
    expect(JSON.parse((await on('get s0/s0-0 -o json')).stdout)).toMatchObject({ weight: 10 })
    expect(JSON.parse((await on('get s0/s0-1 -o json')).stdout)).not.toHaveProperty('weight')
  })
})
