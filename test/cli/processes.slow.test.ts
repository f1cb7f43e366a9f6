import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bin } from './bin.ts'
import { Demo } from './demo.ts'
import { blackHole } from './servers.ts'

let bin: Bin
let demo: Demo
beforeAll(async () => {
  ;[bin, demo] = await Promise.all([Bin.build(), Demo.open()])
})
afterAll(() => Promise.all([bin[Symbol.asyncDispose](), demo[Symbol.asyncDispose]()]))

const statusOf = async (line: string) => (await bin.shell(line, { env: demo.env }).ended).status
const base64 = (text: string) => Buffer.from(text).toString('base64')

/** Enough records that no pipe holds them all. */
async function fill(own: Demo): Promise<void> {
  const lines = Array.from({ length: 5000 }, (_, at) => {
    const id = `many-${at}`
    const value = { id, name: 'many', version: '', metadata: null, endpoints: ['grpc://10.0.0.1:1'] }
    const key = base64(`/microservices/many/${id}`)
    return JSON.stringify({ id, service: 'many', key, value: base64(JSON.stringify(value)), ttl: null })
  })
  await writeFile(join(own.folder, 'many.ndjson'), lines.join('\n'))
  const { status, stderr } = await own.run('restore many.ndjson --yes -q -o name')
  if (status !== 0) throw new Error(stderr)
}

describe('the program in a process of its own', () => {
  it('ends quietly when the reader has read enough', async () => {
    await using own = await Demo.open()
    await fill(own)
    const { env } = own
    const piped = bin.shell(`$ROLLCALL ls --all -o ndjson | head -1; echo "\${PIPESTATUS[0]}"`, { env })
    const { stdout, stderr } = await piped.ended
    expect(stdout.split('\n')).toEqual([expect.stringMatching(/^\{"id"/), '0', ''])
    expect(stderr).toBe('')
  })

  it('ends at once on Ctrl-C while nobody reads what it lists', async () => {
    await using own = await Demo.open()
    await fill(own)
    const listing = bin.start(['ls', '--all', '-o', 'json'], { env: own.env, unread: true })
    await expect.poll(() => listing.child.stdout?.readableLength ?? 0, { timeout: 10_000 }).toBeGreaterThan(0)
    expect((await listing.stop('SIGINT')).status).toBe(130)
  })

  it.each([['SIGINT', 130] as const, ['SIGTERM', 143] as const, ['SIGHUP', 143] as const])(
    'ends on %s while it waits for a registry that is silent',
    async (signal, status) => {
      await using hole = await blackHole()
      const asking = bin.start(['ls', '-r', `etcd://${hole.endpoint}`, '--request-timeout', '10m'], { env: demo.env })
      await hole.reached
      expect(await asking.stop(signal)).toMatchObject({ status, stdout: '', stderr: '' })
    },
  )

  it('deregisters what it keeps alive before it ends', async () => {
    const words = ['register', 'kept', '--id', 'k', '-e', 'grpc://10.0.0.1:1', '--keep-alive']
    for (const [signal, status] of [['SIGINT', 130] as const, ['SIGTERM', 143] as const]) {
      const keeping = bin.start(words, { env: demo.env })
      await expect.poll(() => keeping.stderr, { timeout: 10_000 }).toContain('kept alive')
      expect((await demo.run('get kept/k')).status).toBe(0)
      expect(await keeping.stop(signal)).toMatchObject({ status, stderr: expect.stringContaining('deregistered it') })
      expect((await demo.run('get kept/k')).status).toBe(1)
    }
  })

  it('leaves nothing in the registry when it is ended while it registers many', async () => {
    const crowd = Array.from({ length: 2_500 }, (_, at) => ({
      name: 'crowd',
      id: `c-${at}`,
      endpoints: ['grpc://10.0.0.1:1'],
    }))
    await writeFile(join(demo.folder, 'crowd.json'), JSON.stringify(crowd))
    const words = ['register', '-f', 'crowd.json', '--keep-alive', '--ttl', '1h', '--debug']
    const registering = bin.start(words, { env: demo.env, cwd: demo.folder })
    await expect.poll(() => registering.stderr, { timeout: 20_000 }).toContain('put /microservices/crowd/c-0 ')
    const { status, stderr } = await registering.stop('SIGTERM')
    expect([status, stderr]).toEqual([143, expect.stringContaining('deregistered all ')])
    expect((await demo.run('ls crowd')).status).toBe(1)
  })

  it('runs a program, and has left the registry when it ends itself', async () => {
    const program = `trap 'echo told; exit 9' TERM; echo started; while :; do sleep 0.05; done`
    const words = ['run', 'kept', '--id', 'k', '-e', 'grpc://10.0.0.1:1', '--grace', '20ms', '--', 'sh', '-c', program]
    const running = bin.start(words, { env: demo.env })
    await expect
      .poll(() => running.stdout + running.stderr, { timeout: 20_000 })
      .toMatch(/started[^]*kept\/k: registered/)
    expect((await demo.run('get kept/k')).status).toBe(0)
    expect(await running.stop('SIGTERM')).toMatchObject({
      status: 9,
      stdout: 'started\ntold\n',
      stderr: expect.stringContaining('kept/k: deregistered'),
    })
    expect((await demo.run('get kept/k')).status).toBe(1)
  })

  it('ends a watch, a heartbeat and a read of standard input on Ctrl-C', async () => {
    const watching = bin.start(['watch'], { env: demo.env })
    const beating = bin.start(['renew', 'users/users-1', '--every', '1h'], { env: demo.env })
    const reading = bin.start(['get', '-'], { env: demo.env })
    reading.type('payments/payments-1\n'.repeat(50_000))
    await expect.poll(() => watching.stdout, { timeout: 10_000 }).toContain('synced')
    await expect.poll(() => beating.stdout, { timeout: 10_000 }).toContain('done')
    await expect.poll(() => reading.child.stdin?.writableLength, { timeout: 10_000 }).toBe(0)
    const ended = await Promise.all([watching, beating, reading].map((one) => one.stop('SIGINT')))
    expect(ended.map(({ status, stderr }) => [status, stderr])).toEqual([
      [130, ''],
      [130, ''],
      [130, ''],
    ])
  })

  it('says that the disk is full, lists what was not registered, and keeps what was there', async () => {
    await using own = await Demo.open()
    const crowd = Array.from({ length: 2500 }, (_, at) => ({
      name: 'a',
      id: `a${at}`,
      endpoints: ['grpc://10.0.0.1:1'],
    }))
    await writeFile(join(own.folder, 'crowd.json'), JSON.stringify(crowd))
    const options = { env: own.env, cwd: own.folder }
    const registers = '$ROLLCALL register -f crowd.json -o csv --no-headers'
    // There is no room for the leases of those that are written together first.
    expect(await bin.shell(`ulimit -f 160; ${registers}`, options).ended).toMatchObject({ status: 3, stdout: '' })
    expect((await own.run('ls a')).status).toBe(1)
    const { status, stdout } = await bin.shell(`ulimit -f 600; ${registers} --ttl none`, options).ended
    expect(status).toBe(5)
    expect(stdout.split('\n').at(-2)).toMatch(/^not-attempted,a,a2499,.*registry\.db/)
    const done = stdout.split('\n').filter((row) => row.startsWith('created')).length
    expect(done).toBeGreaterThanOrEqual(1000)
    expect((await own.json('ls a')).items).toHaveLength(done)
    expect((await own.run('ls payments')).status).toBe(0)
  })

  it.each([
    ['register full --id f -e grpc://10.0.0.1:1 --ttl 2h', 'created: full/f', 'full/f'],
    ['register full --id g -e grpc://10.0.0.1:1 --ttl 2h -o json', 'created: full/g', 'full/g'],
  ])('reports what was done where that cannot be printed: %s', async (line, done, target) => {
    const { status, stderr } = await bin.shell(`$ROLLCALL ${line} > /dev/full`, { env: demo.env }).ended
    expect(status).toBe(5)
    expect(stderr).toContain('the output cannot be written')
    expect(stderr).toContain(done)
    expect((await demo.run(`get ${target}`)).status).toBe(0)
  })

  it.each(['json', 'name', 'csv'])(
    'reports what a purge removed where that cannot be printed: -o %s',
    async (format) => {
      await using own = await Demo.open()
      const line = `purge payments --status up --max-percent 100 --keep-min 0 --yes -o ${format}`
      const { status, stderr } = await bin.shell(`$ROLLCALL ${line} > /dev/full`, { env: own.env }).ended
      expect([status, stderr]).toEqual([5, expect.stringMatching(/removed: \S+payments\S+/)])
      expect(stderr).toMatch(/records? removed; rollcall undo \S+ puts them back/)
    },
  )

  it('answers with the same status where nobody hears it', async () => {
    expect(await statusOf('$ROLLCALL ls nosuch 2> /dev/full')).toBe(1)
    expect(await statusOf('$ROLLCALL ls --nix 2> /dev/full')).toBe(2)
    expect(await statusOf('$ROLLCALL ls 2> /dev/full')).toBe(0)
    expect(await statusOf('$ROLLCALL register heard --id h -e grpc://10.0.0.1:1 2> /dev/full')).toBe(0)
    expect(await statusOf('$ROLLCALL ls > /dev/full')).toBe(2)
    const conflict = '$ROLLCALL deregister payments/payments-1 nosuch/x --ignore-not-found --yes'
    expect(await statusOf(`${conflict} | true; exit \${PIPESTATUS[0]}`)).toBe(0)
    expect(await statusOf('$ROLLCALL renew users/users-1 mailer/nosuch | true; exit ${PIPESTATUS[0]}')).toBe(1)
  })

  it('keeps no token that could not be shown', async () => {
    const tokens = join(demo.folder, 'tokens.json')
    const added = await bin.shell(`$ROLLCALL token add ci --role viewer --tokens ${tokens} > /dev/full`, {
      env: demo.env,
    }).ended
    expect(added).toMatchObject({ status: 2, stderr: expect.stringContaining('was not stored') })
    expect((await demo.run(`token ls --tokens ${tokens} -o name`)).stdout).toBe('')
  })

  it('writes from 64 processes to one file without losing a record', async () => {
    await using own = await Demo.open()
    // So that none of them has to compile it.
    await bin.start(['register', '--help'], { env: own.env }).ended
    const one = (at: number) =>
      bin.start(['register', 'crowd', '--id', `c${at}`, '-e', `grpc://10.0.0.1:${at + 1}`, '--ttl', '2h', '-q'], {
        env: own.env,
      }).ended
    const ended = await Promise.all(Array.from({ length: 64 }, (_, at) => one(at)))
    expect(ended.filter(({ status }) => status !== 0)).toEqual([])
    expect((await own.json('ls crowd')).items).toHaveLength(64)
  }, 120_000)
})
