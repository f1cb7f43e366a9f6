import { beforeEach, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { run } from './run.ts'
import { type Seed, seed } from './seed.ts'

let registry: string
const options = () => ({ env: { ROLLCALL_REGISTRY: registry } })
const planned = async (line: string) => {
  const { status, stdout, stderr } = await run(`purge --dry-run -o name ${line}`, options())
  return { status, keys: stdout.split('\n').filter((key) => key !== ''), stderr }
}

function record(prefix: string, name: string, id: string, more: object = {}): Seed {
  const value = { id, name, version: '', metadata: null, endpoints: ['grpc://10.0.0.1:9000'], ...more }
  return { key: `${prefix}/${name}/${id}`, value }
}

function tests(fresh: Fresh): void {
  beforeEach(async () => {
    registry = await fresh()
  })

  it('plans nothing where a named prefix is that of something else, and names what lifts that', async () => {
    const values = ['log: debug', 'port: 80', 'user: me', 'a: b']
    await seed(
      options(),
      values.map((value, at) => ({ key: `/config/app/${at}`, value })),
    )
    const refused = await planned('--malformed --prefix /config --layout kratos')
    expect(refused).toMatchObject({
      status: 6,
      stderr: expect.stringContaining('prefix /config looks wrong: 4 of 4 records'),
    })
    expect(refused.stderr).toContain('--rule')
    expect((await run('purge --malformed --prefix /config --layout kratos --force --yes', options())).status).toBe(6)
    expect(await planned('--rule RC1101 --prefix /config --layout kratos')).toMatchObject({
      status: 0,
      keys: values.map((_, at) => `/config/app/${at}`),
    })
  })

  it('names the prefix that fits the most', async () => {
    const under = ['a', 'b', 'c', 'd'].map((id) => ({
      key: `/prod/v2/pay/${id}`,
      value: { id, name: 'pay', version: 1, endpoints: [] },
    }))
    await seed(options(), [...under, record('/prod/v2', 'pay', 'whole')])
    const { status, stderr } = await planned('--malformed --prefix /prod --layout kratos')
    expect({ status, stderr }).toEqual({ status: 6, stderr: expect.stringContaining('; /prod/v2 fits') })
  })

  it('plans the records that the card is about, also where they are all that there is, and still renewed', async () => {
    for (const [prefix, flags] of [
      ['/microservices', ''],
      ['/kratos', '--prefix /kratos --layout kratos'],
      ['/kratos', '--prefix /kratos'],
    ] as const) {
      const malformed = ['a', 'b', 'c', 'd'].map((id) => Object.assign(record(prefix, '', id), { ttl: 600 }))
      await seed(options(), malformed)
      expect(await planned(`--malformed ${flags}`)).toMatchObject({
        status: 0,
        keys: malformed.map(({ key }) => key),
        stderr: expect.stringContaining('stays unregistered until it restarts'),
      })
      const { stdout } = await run(`purge --malformed --dry-run -o json ${flags}`, options())
      expect(JSON.parse(stdout).records).toMatchObject(
        malformed.map(() => ({ live: false, leased: true, ttl: { granted: 600 }, comesBack: false })),
      )
      expect((await run(`purge --malformed --yes ${flags}`, options())).status).toBe(0)
    }
  })

  it('plans a few malformed records among healthy ones under any prefix', async () => {
    await seed(options(), [
      ...['a', 'b', 'c'].map((id) => record('/kratos', 'pay', id)),
      { key: '/kratos/pay/x', value: 'nothing' },
      { key: '/kratos/pay/y', value: 'null' },
    ])
    expect(await planned('--malformed --prefix /kratos --layout kratos')).toMatchObject({
      status: 0,
      keys: ['/kratos/pay/x', '/kratos/pay/y'],
    })
  })
}

await onEmbeddedAndEtcd('a purge under a prefix that was named', tests)
