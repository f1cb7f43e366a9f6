import { mkdtemp, rm } from 'node:fs/promises'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type RunOptions, run } from './run.ts'
import { type Seed, kratos, seed } from './seed.ts'

const ADDRESS = '10.0.0.33:8080'
const goMicro = {
  name: 'greeter',
  version: 'latest',
  metadata: {},
  endpoints: [{ name: 'Greeter.Hello' }],
  nodes: [{ id: 'greeter-1', address: '10.0.0.51:50051' }],
}

interface Sample {
  readonly key: string
  readonly value: string
  readonly lease: boolean
  readonly verdict: string
}
const fixture = new URL('../fixtures/etcd-records.json', import.meta.url)
const { records: samples }: { records: Sample[] } = JSON.parse(readFileSync(fixture, 'utf8'))
const kratosSamples = samples.filter(({ key }) => key.startsWith('/microservices/'))

const moved = (key: string) => key.replace('/microservices', '/kratos')
const aio = (name: string, id: string) => ({ id, name, address: 'h:1', register_time: '2026-11-21T05:00:00Z' })

/** The same on every store whose keys are flat. */
function cases(fresh: Fresh): void {
  let registry: string
  let folder: string
  beforeEach(async () => {
    registry = await fresh()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-cases-'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const options = (): RunOptions => ({
    cwd: folder,
    env: { ROLLCALL_REGISTRY: registry, XDG_STATE_HOME: folder },
  })
  const rollcall = (line: string) => run(line, options())
  const words = (...argv: string[]) => run(argv, options())
  const planned = async (...flags: string[]): Promise<string[]> => {
    const { stdout } = await words('purge', ...flags, '--dry-run', '-o', 'json')
    return (JSON.parse(stdout).records as { key: string }[]).map(({ key }) => key).toSorted()
  }
  const put = (...records: Seed[]) => seed(options(), records)

  it('leaves a healthy instance under a prefix that is one segment too long to its own prefix', async () => {
    // Ids that begin with the name of their service, as most do, and one that does not.
    await put(...['p1', 'pay-2', 'pay-3'].map((id) => kratos('pay', id, { ttl: 600 })))
    for (const flags of [
      ['--prefix', '/microservices/pay'],
      ['--prefix', '/'],
      ['--prefix', ''],
    ]) {
      expect(await planned('--malformed', ...flags)).toEqual([])
      expect((await words('check-keys', ...flags)).status).toBe(0)
    }
    const wrong = await rollcall('ls --prefix /microservices/pay')
    expect(wrong.stderr).toContain(
      '3 keys of other programs (Kratos ×3); they belong to the prefix /microservices: try --prefix',
    )
    const verdicts = JSON.parse((await rollcall('check-keys --list --prefix /microservices/pay -o json')).stdout)
    expect(verdicts.items[0]).toMatchObject({
      verdict: 'foreign',
      note: 'a record of Kratos that belongs to the prefix /microservices',
    })
    for (const prefix of ['/', '']) {
      const { stdout } = await words('ls', 'pay', '--prefix', prefix, '-o', 'name')
      expect(stdout.trim().split('\n')).toEqual(['pay/p1', 'pay/pay-2', 'pay/pay-3'])
    }
  })

  it('finds a whole record below a double slash, and the empty name beside it', async () => {
    await put(
      { ...kratos('pay', 'p1', { ttl: 600 }), key: '/microservices//pay/p1' },
      { ...kratos('', 'build-agent-3', { ttl: 600 }), key: '/microservices//build-agent-3' },
    )
    expect(await planned('--malformed')).toEqual(['/microservices//build-agent-3'])
    expect((await rollcall('ls pay --prefix /microservices// -o name')).stdout).toBe('pay/p1\n')
    const { stdout } = await rollcall('get --raw-key /microservices//pay/p1 -o json')
    expect(JSON.parse(stdout).foreign).toMatchObject({ looksLike: 'Kratos', belongsTo: '/microservices/' })
  })

  it('purges the empty name of a Kratos without its name, also where little else lies, without force', async () => {
    await put({ ...kratos('', 'ID', { ttl: 600 }), key: '/microservices//ID' })
    expect(await rollcall('purge --malformed --yes')).toMatchObject({ status: 0 })
    expect(await planned('--malformed')).toEqual([])
  })

  it('judges a bare address by its own folder, and leaves what nobody owns', async () => {
    await put({ key: 'prod/order.rpc/7', value: ADDRESS, ttl: 600 }, { key: 'prod/config', value: { log: 'debug' } })
    expect(await planned('--malformed', '--prefix', 'prod')).toEqual([])
    expect((await rollcall('ls order.rpc --prefix prod -o name')).stdout).toBe('order.rpc/7\n')
    const check = await rollcall('check-keys --prefix prod')
    expect(check).toMatchObject({ status: 0 })
    expect(check.stderr).toContain('1 key of other programs; --layout kratos checks them as Kratos records')
    const purge = await rollcall('purge --malformed --prefix prod --dry-run')
    expect(purge.stderr).toContain('1 key of other programs; --layout kratos checks them as Kratos records')
  })

  it('registers in the layout of the folder, or says what stands in the way', async () => {
    await put({ key: 'prod/order.rpc/7', value: ADDRESS, ttl: 600 })
    const url = await rollcall('register order.rpc --id 8 -e grpc://10.0.0.1:9000 --prefix prod --ttl 10m')
    expect(url).toMatchObject({ status: 7, stdout: '' })
    expect(url.stderr).toContain('--layout kratos')
    expect(
      (await rollcall('register order.rpc --id 8 -e 10.0.0.1:9000 --layout go-zero --prefix prod --ttl 10m')).status,
    ).toBe(0)
    expect(JSON.parse((await rollcall('get order.rpc/8 --prefix prod -o json')).stdout)).toMatchObject({
      layout: 'go-zero',
      endpoints: ['10.0.0.1:9000'],
    })
  })

  it('writes as the framework does where that registers, and nothing over its records', async () => {
    await put({
      key: 'kitex/registry-etcd/echo.svc/10.0.0.41:8888',
      value: { network: 'tcp', address: '10.0.0.41:8888', weight: 10, tags: null },
      ttl: 600,
    })
    const place = '--prefix kitex/registry-etcd'
    const beside = await rollcall(`register echo.svc -e grpc://10.0.0.1:9000 ${place}`)
    expect(beside).toMatchObject({ status: 2, stdout: '' })
    expect(beside.stderr).toContain('layout kitex is for tcp alone')
    const over = await rollcall(
      `register echo.svc --id 10.0.0.41:8888 -e grpc://10.0.0.1:9000 --layout kratos --replace ${place}`,
    )
    expect(over).toMatchObject({ status: 7, stdout: '' })
    for (const command of ['offline', 'online']) {
      const refused = await rollcall(`${command} echo.svc/10.0.0.41:8888 ${place} -o json`)
      expect(refused.status).not.toBe(0)
      expect(refused.stdout + refused.stderr).toContain('layout kitex, which has no status')
    }
    expect(await rollcall(`register echo.svc -e 10.0.0.42:8888 ${place} --ttl 10m`)).toMatchObject({ status: 0 })
    const { stdout } = await rollcall(`ls echo.svc ${place} -o json`)
    expect(JSON.parse(stdout).items.map(({ id, layout }: { id: string; layout: string }) => [id, layout])).toEqual([
      ['10.0.0.41:8888', 'kitex'],
      ['10.0.0.42:8888', 'kitex'],
    ])
    expect(await rollcall(`renew echo.svc/10.0.0.41:8888 ${place}`)).toMatchObject({ status: 0 })
    expect(await rollcall(`deregister echo.svc/10.0.0.42:8888 ${place} --yes`)).toMatchObject({ status: 0 })
  })

  it('takes no JSON with an address for a record of AIO', async () => {
    const consul = { ID: 'w1', Name: 'web', Address: '10.0.0.1', Port: 8080, Tags: ['v1'] }
    await put({ key: '/svc/web/w1', value: consul })
    expect((await rollcall('offline web/w1 --prefix /svc')).status).toBe(6)
    const { stdout, stderr } = await rollcall('ls --all --prefix /svc -o name')
    expect(stdout).toBe('')
    expect(stderr).toContain('1 key of other programs')
    expect(await rollcall('check-keys --prefix /svc')).toMatchObject({
      status: 0,
      stdout: expect.not.stringContaining('ldflags'),
    })
  })

  it("warns of another framework's record where Kratos reads, names whose reads fail, and takes it by that rule alone", async () => {
    await put(kratos('greet', 'g-1', { ttl: 600 }), kratos('other', 'o-1', { ttl: 600 }), {
      key: '/microservices/greeter/greeter-1',
      value: goMicro,
      ttl: 600,
    })
    expect(await planned('--malformed')).toEqual([])
    const check = JSON.parse((await rollcall('check-keys --rule RC1601 -o json')).stdout)
    expect(check.items).toMatchObject([{ key: '/microservices/greeter/greeter-1', severity: 'warning' }])
    expect(check.items[0].message).toContain('of go-micro: its reads of "greet" fail')
    expect(await planned('--rule', 'RC1601')).toEqual(['/microservices/greeter/greeter-1'])
  })

  it('keeps every verdict of the captured records, also moved and read with --layout kratos', async () => {
    const elsewhere = kratosSamples.map(({ key, value, lease }) => ({
      key: key.replace('/microservices', '/kratos'),
      value,
      ...(lease ? { ttl: 3600 } : {}),
    }))
    await put(
      ...kratosSamples.map(({ key, value, lease }) => ({ key, value, ...(lease ? { ttl: 3600 } : {}) })),
      ...elsewhere,
    )
    const bad = kratosSamples.filter(({ verdict }) => verdict === 'error').map(({ key }) => key)
    expect(bad).toHaveLength(9)
    expect(await planned('--malformed')).toEqual(bad.toSorted())
    expect(await planned('--malformed', '--prefix', '/kratos', '--layout', 'kratos')).toEqual(bad.map(moved).toSorted())
    // Without a layout, what has no sign of one is somebody else's.
    const unsigned = new Set(['/kratos/cart/c-1', '/kratos/cart/c-2', '/kratos/cart/c-4'])
    const signed = bad.map(moved).filter((key) => !unsigned.has(key))
    expect(await planned('--malformed', '--prefix', '/kratos')).toEqual(signed.toSorted())
  })

  it.each([
    '--prefix /service',
    '--prefix /services',
    '--prefix /services --layout plain',
    '--prefix /services --layout kratos',
  ])('never touches a scope of Patroni, not even by force (%s)', async (flags) => {
    const place = flags.split(' ')[1]
    const scope = (name: string, value: string | object) => ({ key: `${place}/batman/${name}`, value, ttl: 600 })
    await put(
      scope('leader', 'pg-1'),
      scope('config', { ttl: 30 }),
      scope('initialize', '7123'),
      scope('history', [[1, 2, 'x']]),
    )
    expect(await planned('--malformed', '--force', ...flags.split(' '))).toEqual([])
    const over = await rollcall(
      `register batman --id leader -e 1.2.3.4:5 --layout plain --replace ${flags.split(' --layout')[0]}`,
    )
    expect(over).toMatchObject({ status: 7, stdout: '' })
    const raw = await rollcall(`deregister --raw-key ${place}/batman/leader --force --yes ${flags}`)
    expect(raw).toMatchObject({ status: 6 })
    expect(JSON.parse((await rollcall(`get --raw-key ${place}/batman/leader -o json`)).stdout).value).toBe('pg-1')
  })

  it('registers nothing where other systems keep their state', async () => {
    for (const line of ['register registry --prefix /', 'register ids --prefix /brokers'])
      expect(await rollcall(`${line} --id x -e grpc://1.2.3.4:5`)).toMatchObject({ status: 6, stdout: '' })
  })

  it('judges a folder as one, also where a key of it is a folder itself, and whatever the order of its keys', async () => {
    const address = { value: '10.0.0.1:80', ttl: 600 }
    await put(
      { key: '/custom/order/a', ...address },
      { key: '/custom/order/a/x', value: 'y' },
      { ...kratos('order', 'b', { ttl: 600 }), key: '/custom/order/b' },
      ...['a', 'x'].map((id, at) =>
        Object.assign(kratos(`mix${at}`, id, { ttl: 600 }), { key: `/custom/mix${at}/${id}` }),
      ),
      ...[0, 1].map((at) => ({ key: `/custom/mix${at}/b`, value: aio(`mix${at}`, 'b') })),
      ...[0, 1].map((at) => ({ key: `/custom/mix${at}/c`, value: aio('another', 'c') })),
    )
    const { items } = JSON.parse((await rollcall('check-keys --list --prefix /custom -o json')).stdout)
    const verdicts = new Map((items as { key: string; rules: string[] }[]).map(({ key, rules }) => [key, rules]))
    expect(verdicts.get('/custom/order/a')).toContain('RC1601')
    expect(verdicts.get('/custom/mix0/c')).toContain('RC1003')
    expect(verdicts.get('/custom/mix1/c')).toContain('RC1003')
    expect((await rollcall('wait order --min 2 --timeout 0s --prefix /custom')).status).toBe(1)
    const over = await rollcall('register order --id a -e grpc://9.9.9.9:1 --replace --prefix /custom')
    expect(over).toMatchObject({ status: 7, stdout: '' })
  })

  it('names what else is there when a place is empty', async () => {
    await put(
      { key: 'user.rpc/7587862094972350475', value: ADDRESS, ttl: 600 },
      { key: 'order.rpc/7587862094972350476', value: ADDRESS, ttl: 600 },
      {
        key: '/echo/10.0.0.41:8888',
        value: { network: 'tcp', address: '10.0.0.41:8888', weight: 10, tags: null },
        ttl: 600,
      },
      { key: '/my/micro/greeter/greeter-1', value: goMicro, ttl: 600 },
    )
    const { status, stderr } = await rollcall('ls')
    expect(status).toBe(0)
    expect(stderr).toContain("like go-zero: order.rpc, user.rpc (2 keys): --prefix ''")
    expect(stderr).toContain('like Kitex: echo (1 key): --prefix /')
    expect(stderr).toContain('like go-micro: greeter (1 key): --prefix /my/micro')
    expect((await words('ls', '--prefix', '')).stdout).toContain('user.rpc')
    const written = await words('register', 'x', '-e', 'grpc://10.0.0.1:1', '--prefix', '')
    expect(written).toMatchObject({ status: 2, stdout: '' })
  })

  it('does not read what belongs to other systems, and says so', async () => {
    await put({ key: '/registry/secrets/default/token', value: 'secret' }, kratos('pay', 'p1', { ttl: 600 }))
    const list = await rollcall('check-keys --list --prefix / -o json')
    expect(JSON.parse(list.stdout).items.map(({ key }: { key: string }) => key)).toEqual(['/microservices/pay/p1'])
    expect(list.stderr).toContain('keys of other systems are not read: /registry (Kubernetes)')
    const named = await rollcall('check-keys --list --prefix /registry -o json')
    expect(JSON.parse(named.stdout).items).toMatchObject([{ verdict: 'foreign', note: 'a key of Kubernetes' }])
  })
}

await onEmbeddedAndEtcd('records of other programs beside ours', cases)
