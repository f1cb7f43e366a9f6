import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { parseXml, violations } from './output/xsd.ts'
import { type RunOptions, run, start } from './run.ts'
import { kratos, seed } from './seed.ts'
import { validated } from './validated.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-wait-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const at = (name: string): RunOptions => ({ env: { ROLLCALL_REGISTRY: `file:${join(folder, name)}.db` } })
async function done(line: string, options: RunOptions): Promise<void> {
  expect(await run(line, options)).toMatchObject({ status: 0 })
}
const register = (options: RunOptions, id: string, more = '') =>
  done(`register pay --id ${id} --endpoint grpc://10.0.0.1:9000 --ttl none ${more}`, options)

const there = (): RunOptions => at('there')

describe('rollcall wait', () => {
  beforeAll(async () => {
    await register(there(), 'a', '--version v1 --meta zone=a')
    await register(there(), 'b', '--version v2 --meta zone=a')
    await seed(there(), [kratos('bad', 'good'), { key: '/microservices/bad/x', value: 'not JSON' }])
  })

  it.each<[string, number, string]>([
    ['wait pay', 0, ''],
    ['wait pay --min 2', 0, ''],
    ['wait pay --min 2 --max 2 --timeout 0s', 0, ''],
    ['wait p* --min 2 --timeout 0s', 0, ''],
    ['wait discovery:///pay --min 2 --timeout 0s', 0, ''],
    ['wait pay --version v2 --max 1 --timeout 0s', 0, ''],
    ['wait pay --status down --max 0 --timeout 0s', 0, ''],
    ['wait other --gone', 0, ''],
    ['wait pay --min 3 --timeout 0s', 1, 'pay: 2 up, at least 3 wanted\n'],
    ['wait pay --max 1 --timeout 0s', 1, 'pay: 2 up, at most 1 wanted\n'],
    ['wait pay --gone --timeout 0s', 1, 'pay: 2 instances, at most 0 wanted\n'],
    ['wait pay -l zone=b --timeout 0s', 1, 'pay: 0 of 2 up match zone=b (zone=a ×2), at least 1 wanted\n'],
    [
      'wait pay --version v9 --min 3 --timeout 0s',
      1,
      'pay: 0 of 2 up match version=v9 (v1 ×1, v2 ×1), at least 3 wanted\n',
    ],
    [
      'wait pay --version v1 --host 10.0.0.9 --timeout 0s',
      1,
      '0 of 2 up match version=v1, host=10.0.0.9 (v1 10.0.0.1 ×1, v2 10.0.0.1 ×1), at',
    ],
    [
      'wait pay --version v1,v3 --min 2 --timeout 0s',
      1,
      'pay: 1 of 2 up match version=v1,v3 (v2 ×1), at least 2 wanted\n',
    ],
    ['wait pay --gone --version v1 --timeout 0s', 1, 'pay: 1 of 2 instances match version=v1, at most 0 wanted\n'],
    ['wait pay --status down --timeout 0s', 1, 'pay: none down (2 up), at least 1 wanted\n'],
    ['wait other --timeout 0s', 1, 'other: none up, at least 1 wanted\n'],
    ['wait pay --min 3 --timeout 50ms', 124, 'pay: 2 up, at least 3 wanted; waited 50ms\n'],
    ['wait other --timeout 50ms', 124, 'other: none up, at least 1 wanted; waited 50ms\n'],
    ['wait a --timeout 0s', 1, '\n  a is the id of an instance of pay: rollcall wait pay\n'],
    ['wait pay mail other --timeout 0s', 1, 'mail: none up, at least 1 wanted; other: none up, at least 1 wanted\n'],
    ['wait pay pay p* --min 2 --timeout 0s', 0, ''],
    ['wait mail other --timeout 50ms', 124, 'other: none up, at least 1 wanted; waited 50ms\n'],
    ['wait pay --fail-on malformed,down --timeout 0s', 0, ''],
    ['wait bad --fail-on malformed --timeout 1h', 1, 'bad: 1 up; malformed: /microservices/bad/x\n'],
    ['wait bad --fail-on malformed --timeout 0s', 1, '\n  rollcall check-keys bad explains it\n'],
    ['wait pay --min 5 --max 9 --status down --fail-on up', 1, 'pay: none down; up: a, b\n'],
    ['wait pay --version v1 --status up,down --max 9 --fail-on down', 0, ''],
    ['wait', 2, 'wait needs a service'],
    ['wait pay --fail-on up', 2, '--fail-on up ends the wait for what it waits for'],
    ['wait pay --fail-on mal', 2, '--fail-on "mal" is neither malformed nor a status'],
    ['wait pay --fail-on downn', 2, 'did you mean "down"?'],
    ['wait pay --fail-on=', 2, '--fail-on has an empty value'],
    ['wait pay --stable 10', 2, '--stable "10" is not a valid duration'],
    ['wait pay --stable 60s', 2, '--stable 60s does not fit into --timeout 60s'],
    ['wait pay --stable 1s --timeout 0s', 2, 'does not fit into --timeout 0s'],
    ['wait pay --stable 20ms', 0, 'pay: 2 up, not yet for 0.02s without a break\n'],
    ['wait pay -o sarif', 2, 'does not support -o sarif'],
    ['wait pay --min x', 2, '--min "x" is not a whole number'],
    ['wait pay --min 3 --max 2', 2, 'cannot both hold'],
    ['wait pay --gone --min 1', 2, '--gone cannot be combined'],
    ['wait pay --gone --status up', 2, '--gone cannot be combined'],
    ['wait pay --status fine', 2, 'is not a valid status'],
    ['wait pay --timeout soon', 2, '--timeout "soon" is not a valid duration'],
    ['wait pay --version=', 2, '--version has an empty value'],
  ])('%s: status %i', async (line, status, message) => {
    const ran = await run(line, there())
    expect(ran).toMatchObject({ status, stderr: expect.stringContaining(message) })
    if (status === 0) expect(ran.stderr).toBe(message)
  })

  it('prints who is there', async () => {
    const { stdout } = await run('wait pay --min 3 --timeout 0s --columns id,status,version', there())
    expect(stdout).toBe('ID  STATUS  VERSION\na   up      v1\nb   up      v2\n')
    expect((await run('wait pay -o name', there())).stdout).toBe('pay/a\npay/b\n')
    expect((await run('wait other --gone', there())).stdout).toBe('')
  })

  it.each<[string, object]>([
    [
      'wait pay --min 3 --timeout 0s',
      { satisfied: false, instances: 2, min: 3, statuses: ['up'], message: '2 up, at least 3 wanted' },
    ],
    [
      'wait pay --version v9 -l zone=a --host 10.0.0.1 --timeout 0s',
      {
        satisfied: false,
        selectors: { version: ['v9'], selector: ['zone=a'], host: ['10.0.0.1'] },
        candidates: 2,
        others: { 'v1 10.0.0.1': 1, 'v2 10.0.0.1': 1 },
      },
    ],
    ['wait pay --min 1 --max 2', { satisfied: true, instances: 2, min: 1, max: 2, statuses: ['up'] }],
    ['wait other --gone', { satisfied: true, instances: 0, min: 0, max: 0, items: [] }],
    ['wait pay --stable 20ms', { satisfied: true, stable: 0.02 }],
    [
      'wait bad --fail-on malformed',
      {
        satisfied: false,
        failedOn: { malformed: ['/microservices/bad/x'] },
        message: expect.stringContaining('; mal'),
      },
    ],
  ])('answers a WaitResult to %s', async (line, expected) => {
    const result = JSON.parse((await run(`${line} -o json`, there())).stdout)
    validated(result)
    expect(result).toMatchObject({ kind: 'WaitResult', ...expected })
  })

  it('answers a list to several services', async () => {
    const ran = await run('wait pay other --timeout 0s -o json', there())
    const result = JSON.parse(ran.stdout)
    validated(result)
    expect(result).toMatchObject({
      kind: 'WaitResultList',
      items: [
        { service: 'pay', satisfied: true, items: [{ id: 'a' }, { id: 'b' }] },
        { service: 'other', satisfied: false, message: 'none up, at least 1 wanted' },
      ],
    })
    const lines = (await run('wait pay other --timeout 0s -o ndjson --fields service,satisfied', there())).stdout
    expect(lines).toBe('{"service":"pay","satisfied":true}\n{"service":"other","satisfied":false}\n')
    expect((await run('wait pay bad -o name', there())).stdout).toBe('pay/a\npay/b\nbad/good\n')
    expect((await run('wait pay bad --columns service,id --no-headers', there())).stdout).toMatch(/^pay +a\n/)
  })

  it('annotates the run on GitHub, and has a test for each service', async () => {
    const github = await run('wait pay other --min 3 --timeout 0s -o github', there())
    expect(github).toMatchObject({ status: 1 })
    expect(github.stdout).toBe(
      '::error title=wait pay::pay: 2 up, at least 3 wanted\n::error title=wait other::other: none up, at least 3 wanted\n',
    )
    expect(await run('wait pay -o github', there())).toEqual({ status: 0, stdout: '', stderr: '', asked: [] })
    const { stdout } = await run('wait pay other --timeout 0s -o junit', there())
    expect(violations('test/fixtures/junit-10.xsd', parseXml(stdout))).toEqual([])
    expect(stdout).toContain('tests="2" failures="1"')
    expect(stdout).toContain('<testcase name="pay" classname="wait"/>')
    expect(stdout).toContain('<failure type="condition" message="none up, at least 1 wanted">')
  })

  it('tells an error as JSON when the answer is JSON', async () => {
    const ran = await run('wait pay --min 3 --timeout 20ms -o json -q', there())
    expect(JSON.parse(ran.stderr)).toMatchObject({ code: 'deadline' })
  })

  it('takes a variable as its own timeout, and a flag before it', async () => {
    const env = { ...there().env, ROLLCALL_TIMEOUT: '0s' }
    expect((await run('wait pay --min 3', { env })).status).toBe(1)
    expect((await run('wait pay --min 3 --timeout 20ms', { env })).status).toBe(124)
  })

  it('ends at Ctrl-C', async () => {
    const stop = new AbortController()
    const waiting = start('wait pay --min 3', { ...there(), signal: stop.signal })
    await expect.poll(() => waiting.stderr.text()).toBe('pay: 2 up, at least 3 wanted\n')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect((await waiting.ended).status).toBe(130)
  })

  it('waits for a registry, a service and a number, with a line for each count', async () => {
    const options = at('later')
    const waiting = start('wait pay --min 2', options)
    await expect.poll(() => waiting.stderr.text()).toContain('does not exist; trying again\n')
    await register(options, 'a')
    await expect.poll(() => waiting.stderr.text()).toContain('connected again\npay: 1 up, at least 2 wanted\n')
    await register(options, 'b')
    expect((await waiting.ended).status).toBe(0)
  })

  it('holds for longer than a timer can wait', async () => {
    const stop = new AbortController()
    const waiting = start('wait pay --stable 1000h --timeout 2000h', { ...there(), signal: stop.signal })
    await expect.poll(() => waiting.stderr.text()).toContain('not yet for 3600000s without a break\n')
    await done('ls pay', there())
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await waiting.ended).toMatchObject({ status: 130 })
  })

  it('waits until the last one is gone', async () => {
    const options = at('gone')
    await register(options, 'a')
    const waiting = start('wait pay --gone', options)
    await expect.poll(() => waiting.stderr.text()).toBe('pay: 1 instance, at most 0 wanted\n')
    await done('deregister pay/a', options)
    expect((await waiting.ended).status).toBe(0)
  })

  it('counts two records that say one id as two, looking once or for longer, as ls does', async () => {
    const options = at('twice')
    const { value } = kratos('pay', 'a')
    await seed(
      options,
      ['a', 'b'].map((id) => ({ key: `/microservices/pay/${id}`, value })),
    )
    for (const timeout of ['0s', '20s'])
      expect(await run(`wait pay --min 2 --timeout ${timeout}`, options)).toMatchObject({ status: 0 })
    const stop = new AbortController()
    const shown = start('ls pay -w --columns id,key', { ...options, signal: stop.signal })
    const rows = () => shown.stdout.text().split('ID ').at(-1)
    await expect.poll(rows).toMatch(/pay\/a\na .*pay\/b\n$/)
    await done('deregister --raw-key /microservices/pay/a --yes', options)
    await expect.poll(rows).not.toContain('pay/a\n')
    expect(rows()).toContain('pay/b\n')
    stop.abort(new RollcallError('interrupted', 'interrupted'))
    expect(await shown.ended).toMatchObject({ status: 130 })
  })

  it('has status 3 where no registry ever answered', async () => {
    expect(await run('wait pay --timeout 200ms', at('nowhere'))).toMatchObject({ status: 3 })
    expect(await run('wait pay --timeout 0s', at('nowhere'))).toMatchObject({ status: 3 })
  })
})

await describeWith('etcd', 'rollcall wait on etcd', () => {
  let server: EtcdServer
  beforeAll(async () => {
    server = await startEtcd()
  })
  afterAll(() => server[Symbol.asyncDispose]())

  it('waits through a restart', async () => {
    const options = { env: { ROLLCALL_REGISTRY: `etcd://${server.endpoint}` } }
    await register(options, 'a')
    const waiting = start('wait pay --min 2', options)
    await expect.poll(() => waiting.stderr.text()).toBe('pay: 1 up, at least 2 wanted\n')
    await server.stop()
    await expect.poll(() => waiting.stderr.text(), { timeout: 10_000 }).toContain('; trying again\n')
    await server.restart()
    await register(options, 'b')
    expect((await waiting.ended).status).toBe(0)
  })

  it('ends at once when a record becomes malformed, of which the registry tells nothing but the bytes', async () => {
    const options = { env: { ROLLCALL_REGISTRY: `etcd://${server.endpoint}` } }
    await done('register mail --id a -e grpc://10.0.0.1:9000 --ttl none', options)
    const waiting = start('wait mail --min 2 --fail-on malformed', options)
    await expect.poll(() => waiting.stderr.text()).toBe('mail: 1 up, at least 2 wanted\n')
    await seed(options, [{ key: '/microservices/mail/x', value: 'not JSON' }])
    expect(await waiting.ended).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('mail: 1 up; malformed: /microservices/mail/x\n'),
    })
  })

  it('waits for a server that is not there yet', async () => {
    await server.stop()
    const options = { env: { ROLLCALL_REGISTRY: `etcd://${server.endpoint}` } }
    expect(await run('wait pay --timeout 500ms', options)).toMatchObject({ status: 3 })
    const waiting = start('wait pay --min 2', options)
    await expect.poll(() => waiting.stderr.text(), { timeout: 10_000 }).toContain('; trying again\n')
    await server.restart()
    expect((await waiting.ended).status).toBe(0)
  })
})
