import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generateInstanceId } from '../../../src/model/instance-id.ts'
import { RollcallError } from '../../../src/model/errors.ts'
import { Demo } from '../demo.ts'

let demo: Demo
beforeEach(async () => {
  demo = await Demo.open()
})
afterEach(() => demo[Symbol.asyncDispose]())

const records = async () => (await demo.json('check-keys --list')).items.length

/** Instances of one service, of whose ids the third is taken. */
const fileWithTaken = async () => {
  expect((await demo.run('register row --id r-3 -e grpc://10.9.9.9:1 --ttl none')).status).toBe(0)
  const row = Array.from({ length: 5 }, (_, at) => ({
    name: 'row',
    id: `r-${at + 1}`,
    endpoints: ['grpc://10.0.0.1:1'],
  }))
  await writeFile(join(demo.folder, 'row.json'), JSON.stringify(row))
}
const idsOfRow = async () => (await demo.json('ls row')).items.map(({ id }: { id: string }) => id).toSorted()

describe('register', () => {
  it('registers, prints the id it made, and says when the record will be gone', async () => {
    const time = Date.now()
    const clock = { now: () => time }
    const { status, stdout, stderr } = await demo.run(
      'register mine -e grpc://10.0.0.1:9000 --version v2 --meta zone=a',
      clock,
    )
    const id = generateInstanceId('mine', ['grpc://10.0.0.1:9000'])
    expect(status).toBe(0)
    expect(stdout).toContain(`created  mine     ${id}`)
    expect(stderr).toContain(`mine/${id} will be gone in 15s; rollcall renew mine/${id} --every 5s keeps it`)
    expect(await demo.json(`get mine/${id}`, clock)).toMatchObject({
      version: 'v2',
      metadata: { zone: 'a' },
      endpoints: ['grpc://10.0.0.1:9000'],
      layout: 'kratos',
      ttl: { granted: 15 },
    })
  })

  it('warns of what check-keys will say of the endpoints, also in a dry run, and shows no password', async () => {
    const line = 'register leaky --id l -e http://svc:s3cret@10.0.0.1:8000/base -e grpc://10.0.0.1:9000'
    for (const each of [`${line} --dry-run`, line]) {
      const { status, stdout, stderr } = await demo.run(each)
      expect(status).toBe(0)
      expect(stderr).toMatch(/^rollcall: warning: leaky\/l: .* path or a query, which clients ignore \(RC1211\)$/m)
      expect(stderr).toMatch(/^rollcall: warning: leaky\/l: .* holds a user or a password .* \(RC1212\)$/m)
      expect(stderr.match(/warning:/g)).toHaveLength(2)
      expect(stdout + stderr).not.toContain('s3cret')
    }
    expect((await demo.run('register plain --id p -e http://10.0.0.1:8000')).stderr).not.toContain('warning')
  })

  it('names the first of many endpoints that it warns of, and counts the rest', async () => {
    const file = join(demo.folder, 'many.json')
    const many = Array.from({ length: 23 }, (_, at) => ({
      name: 'many',
      id: `m-${at}`,
      endpoints: [`http://10.0.0.1:${8000 + at}/base`],
    }))
    await writeFile(file, JSON.stringify(many))
    const { stderr } = await demo.run(`register -f ${file}`)
    expect(stderr.match(/warning: many\/m-/g)).toHaveLength(20)
    expect(stderr).toContain('3 more endpoints like that; rollcall check-keys lists them')
  })

  it('sends heartbeats at the interval that was given, which has to lie within the TTL', async () => {
    const stop = new AbortController()
    const line = 'register quick --id q -e http://10.0.0.1:1 --layout aio --keep-alive --renew-interval 100ms'
    const running = demo.start(line, { signal: stop.signal })
    const renewedAt = async () => (await demo.json('ls quick')).items[0]?.renewedAt
    await expect.poll(renewedAt, { timeout: 10_000 }).toBeTypeOf('string')
    const first = await renewedAt()
    await expect.poll(renewedAt, { timeout: 5_000 }).not.toBe(first)
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    await running.ended
    const before = await records()
    for (const refused of [
      `${line.replace('100ms', '30s')} --aio-ttl 30s`,
      'register quick --id r -e grpc://10.0.0.1:1 --layout kratos --ttl 10s --keep-alive --renew-interval 10s',
    ])
      expect(await demo.run(refused)).toMatchObject({
        status: 2,
        stderr: expect.stringMatching(/--renew-interval (30|10)s must be shorter than the TTL of \1s/),
      })
    expect(await demo.run(`${line.replace('--layout aio', '')} -r nacos://127.0.0.1:1`)).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('--renew-interval'),
    })
    expect(await records()).toBe(before)
  })

  it('takes weight and env where the layout has a field, else into metadata, and reads both back alike', async () => {
    for (const layout of ['kratos', 'aio', 'kratos-scheme']) {
      await demo.run(`register w-${layout} -e http://10.0.0.1:1 --weight 7 --env prod --layout ${layout}`)
      const [item] = (await demo.json(`ls w-${layout}`)).items
      expect(item).toMatchObject({ weight: 7, env: 'prod', layout })
    }
  })

  it('makes a record for each endpoint where the layout holds one, unless an id is given', async () => {
    const made = await demo.json('register two -e http://10.0.0.1:1 -e grpc://10.0.0.1:2 --layout aio')
    expect(made.items.map((item: { result: string }) => item.result)).toEqual(['created', 'created'])
    expect((await demo.json('ls two')).items.map((item: { endpoints: string[] }) => item.endpoints)).toHaveLength(2)
    const refused = await demo.run('register two -e http://10.0.0.1:1 -e grpc://10.0.0.1:2 --layout aio --id x')
    expect(refused.status).toBe(2)
    expect(refused.stderr).toContain('layout aio holds exactly one endpoint')
    expect((await demo.run('register addr -e 10.0.0.1:1 --layout plain --ttl 2h --dry-run')).status).toBe(0)
  })

  it('is no change the second time, a conflict for another, and a replacement when told so', async () => {
    const line = 'register mine --id a -e grpc://10.0.0.1:9000 --ttl 2h'
    expect(await demo.json(line)).toMatchObject({ result: 'created' })
    expect(await demo.json(line)).toMatchObject({ result: 'renewed' })
    const other = await demo.run('register mine --id a -e grpc://10.0.0.2:9000')
    expect(other).toMatchObject({ status: 7, stdout: '' })
    expect(await demo.json('register mine --id a -e grpc://10.0.0.2:9000 --replace')).toMatchObject({
      result: 'replaced',
    })
  })

  it.each([['under the other prefix', 'aio', '/aio/registry/twice/a']])(
    'is a conflict where the instance lies %s, unless a layout is named',
    async (_, layout, key) => {
      const line = 'register twice --id a -e grpc://10.0.0.1:9000'
      expect((await demo.run(`${line} --layout ${layout}`)).status).toBe(0)
      const refused = await demo.run(`${line} --replace`)
      expect(refused).toMatchObject({ status: 7, stdout: '' })
      expect(refused.stderr).toContain(`twice/a is already registered in another place: ${key}\n`)
      expect(refused.stderr).toContain(`--layout ${layout} updates that one`)
      expect((await demo.json('ls twice')).items).toHaveLength(1)
      expect((await demo.run(`${line} --layout kratos`)).status).toBe(0)
      expect((await demo.run(`deregister twice/a --layout ${layout}`)).status).toBe(0)
    },
  )

  it('takes the layout that the folder of its service has, unless another is named', async () => {
    const line = 'register folded --id a -e grpc://10.0.0.1:9000'
    expect((await demo.run(`${line} --layout kratos-scheme`)).status).toBe(0)
    expect((await demo.json(`${line} -o json`)).keys).toEqual(['/microservices/folded/grpc/a'])
    expect((await demo.json('ls folded')).items).toHaveLength(1)
    expect((await demo.json(`${line} --layout kratos -o json`)).keys).toEqual(['/microservices/folded/a'])
  })

  it('takes the place of what has expired elsewhere', async () => {
    const line = 'register gone --id a -e http://10.0.0.1:9000'
    const before = Date.now() - 60_000
    expect((await demo.run(`${line} --layout aio`, { now: () => before })).status).toBe(0)
    expect((await demo.run(line)).status).toBe(0)
  })

  it('takes what ls prints, one instance a line: all but one bad endpoint of 293 are registered', async () => {
    const lines = Array.from({ length: 293 }, (_, at) =>
      JSON.stringify({
        name: 'crowd',
        id: `c-${at}`,
        endpoints: [at === 17 ? 'grpc://10.0.0.1' : 'grpc://10.0.0.1:9000'],
      }),
    )
    const stdin = `${lines.join('\n')}\n`
    const foreseen = await demo.run('register -f - --ttl 2h --dry-run -o csv --no-headers', { stdin })
    expect(foreseen.status).toBe(5)
    expect(foreseen.stdout.split('\r\n').filter((line) => line.startsWith('planned,'))).toHaveLength(292)
    const made = await demo.run('register -f - --ttl 2h -o csv --no-headers', { stdin })
    expect(made.status).toBe(5)
    const rows = made.stdout.split('\r\n')
    expect(rows.filter((line) => line.startsWith('created,'))).toHaveLength(292)
    expect(rows.filter((line) => line.startsWith('failed,'))).toEqual([
      expect.stringContaining(
        'failed,crowd,c-17,,,"the endpoint ""grpc://10.0.0.1"" cannot be dialled: it has no port"',
      ),
    ])
    expect((await demo.json('ls crowd')).items).toHaveLength(292)
  })

  it('takes the lines of ls of another registry, and registers none for good that it could not keep alive', async () => {
    const { stdout } = await demo.run('ls --all -o ndjson')
    const env = { ROLLCALL_REGISTRY: `file:${join(demo.folder, 'copy.db')}` }
    expect(await demo.run('register -f - --ttl none', { stdin: stdout, env })).toMatchObject({ status: 0 })
    const names = async (options = {}) => (await demo.run('ls --all -o name', options)).stdout.split('\n').sort()
    expect(await names({ env })).toEqual(await names())
    const bad = `${stdout}{"name":"bad","endpoints":["nix"]}\n`
    expect(await demo.run('register -f - --keep-alive', { stdin: bad, env })).toMatchObject({ status: 2, stdout: '' })
    expect(await demo.run('register -f -', { stdin: '{"name":"bad","endpoints":["nix"]}', env })).toMatchObject({
      status: 2,
    })
  })

  it('reads instances from a file, as ls writes them', async () => {
    const file = join(demo.folder, 'instances.yaml')
    await writeFile(file, 'name: a\nid: a1\nendpoints: [grpc://10.0.0.1:1]\n---\n'.replace('---\n', ''))
    expect((await demo.run('register -f instances.yaml')).status).toBe(0)
    const listed = (await demo.run('ls payments -o json')).stdout.replaceAll('payments-', 'copy-')
    const copied = await demo.run('register -f - -o json', { stdin: listed })
    expect(copied.status).toBe(0)
    expect((await demo.json('ls payments')).items).toHaveLength(6)
    const partly = await demo.run('register -f -', {
      stdin: JSON.stringify([
        { name: 'payments', id: 'payments-1', endpoints: ['grpc://10.9.9.9:1'] },
        { name: 'b', id: 'b1', endpoints: ['grpc://10.0.0.1:2'] },
      ]),
    })
    expect(partly.status).toBe(5)
    expect(partly.stdout).toMatch(/failed +payments .*already registered with different data/)
    expect((await demo.json('ls b')).items).toHaveLength(1)
  })

  it('keeps alive until stopped, then deregisters, or leaves it when told so', async () => {
    const stop = new AbortController()
    const kept = demo.start('register kept --id k -e grpc://10.0.0.1:1 --ttl 2s --keep-alive', { signal: stop.signal })
    await expect.poll(() => kept.stderr.text()).toContain('kept alive')
    expect((await demo.json('get kept/k')).status).toBe('up')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await kept.ended).toMatchObject({ status: 130 })
    expect((await demo.run('get kept/k')).status).toBe(1)

    const again = new AbortController()
    const left = demo.start('register kept --id k -e grpc://10.0.0.1:1 --ttl 2h --keep-alive --leave', {
      signal: again.signal,
    })
    await expect.poll(() => left.stderr.text()).toContain('kept alive')
    again.abort(new RollcallError('terminated', 'terminated'))
    expect((await left.ended).status).toBe(143)
    expect((await demo.run('get kept/k')).status).toBe(0)
  })

  it('keeps none alive where one is refused, or leaves those before it when told so', async () => {
    await fileWithTaken()
    const refused = await demo.run('register -f row.json --keep-alive')
    expect(refused).toMatchObject({ status: 7, stdout: '' })
    expect(refused.stderr).toMatch(/^deregistered all 2\nrollcall: row\/r-3 is already registered with different data/)
    expect(await idsOfRow()).toEqual(['r-3'])
    expect(await demo.run('register -f row.json --keep-alive --leave')).toMatchObject({ status: 7, stdout: '' })
    expect(await idsOfRow()).toEqual(['r-1', 'r-2', 'r-3'])
  })

  it('keeps many alive, prints them in their order, and deregisters all when it is stopped', async () => {
    await fileWithTaken()
    const stop = new AbortController()
    const kept = demo.start('register -f row.json --keep-alive --replace -o name', { signal: stop.signal })
    await expect.poll(() => kept.stderr.text()).toContain('kept alive')
    expect(kept.stdout.text()).toBe(['r-1', 'r-2', 'r-3', 'r-4', 'r-5', ''].map((id) => id && `row/${id}`).join('\n'))
    stop.abort(new RollcallError('terminated', 'terminated'))
    expect(await kept.ended).toMatchObject({ status: 143, stderr: expect.stringContaining('deregistered all 5') })
    expect((await demo.run('ls row')).status).toBe(1)
  })

  it('says what it would write, and writes nothing', async () => {
    const before = await records()
    const planned = await demo.json(
      'register mine --id a -e grpc://10.0.0.1:1 -e http://10.0.0.1:2 --layout kratos-scheme --dry-run',
    )
    expect(planned).toMatchObject({
      result: 'planned',
      keys: ['/microservices/mine/grpc/a', '/microservices/mine/http/a'],
    })
    expect(await records()).toBe(before)
  })

  it.each([
    'register a/b -e grpc://10.0.0.1:1',
    'register a --id x/y -e grpc://10.0.0.1:1',
    'register a --id  -e',
    'register',
    'register a b -e grpc://10.0.0.1:1',
    'register a',
    'register a -e',
    'register a -e nonsense',
    'register a -e grpc://:9000',
    'register a -e grpc://0.0.0.0:9000',
    'register a -e grpc://[::]:9000',
    'register a -e grpc://10.0.0.1',
    'register a -e grpc://10.0.0.1:99999',
    'register a -e 10.0.0.1:1',
    'register a -e grpc://10.0.0.1:1 --ttl soon',
    'register a -e grpc://10.0.0.1:1 --ttl 0',
    'register a -e grpc://10.0.0.1:1 --ttl 100ms',
    'register a -e grpc://10.0.0.1:1 --ttl 1500ms',
    'register a -e http://10.0.0.1:1 --ttl 30s --layout aio',
    'register a -e grpc://10.0.0.1:1 --meta zone',
    'register a -e grpc://10.0.0.1:1 --weight many',
    'register a -e grpc://10.0.0.1:1 --retries few --keep-alive',
    'register a -e grpc://10.0.0.1:1 --leave',
    'register a -f x.yaml',
    'register -f nowhere.yaml',
    'register -f registry.db',
    'register a -e grpc://10.0.0.1:1 --version v1 --layout plain',
    'register a -e grpc://10.0.0.1:1 --columns nix',
    'register a -e grpc://10.0.0.1:1 -o nix',
    ...['http http://x', 'tcp h:1', 'interval 5s', 'timeout 5s'].map(
      (check) => `register a -e grpc://10.0.0.1:1 --check-${check}`,
    ),
    ...['--no-checks', '--deregister-after 1m', '--pod p', '--persistent'].map(
      (flag) => `register a -e grpc://10.0.0.1:1 ${flag}`,
    ),
  ])('refuses `%s` and writes nothing', async (line) => {
    const before = await readFile(demo.file)
    const { status, stdout, stderr } = await demo.run(line)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
    expect(stderr).toMatch(/^rollcall: .+\n {2}.+\n$/)
    expect(before.equals(await readFile(demo.file))).toBe(true)
  })

  it('refuses an empty name or id, as a variable that was not set leaves it', async () => {
    const { status, stderr } = await demo.run(['register', '', '-e', 'grpc://10.0.0.1:1'])
    expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('stored as a malformed key') })
    expect((await demo.run(['register', 'a', '--id', '', '-e', 'grpc://10.0.0.1:1'])).status).toBe(2)
    expect((await demo.run('register -f -', { stdin: 'name: ""\nendpoints: [grpc://10.0.0.1:1]' })).status).toBe(2)
    expect((await demo.run('register -f -', { stdin: '[]' })).status).toBe(2)
    expect((await demo.run('register -f -', { stdin: 'name: 7' })).status).toBe(2)
  })

  it('names registry and layout when it cannot hold a flag', async () => {
    const { stderr } = await demo.run('register a -e grpc://10.0.0.1:1 --pod p --layout kratos')
    expect(stderr).toContain(`--pod is not supported by file:${demo.file}, layout kratos`)
  })
})
