import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { type EtcdServer, startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'
import { type RunOptions, run, start } from './run.ts'
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
    ['wait', 2, 'wait takes one service'],
    ['wait a b', 2, 'wait takes one service'],
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
    if (status === 0) expect(ran.stderr).toBe('')
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
  ])('answers a WaitResult to %s', async (line, expected) => {
    const result = JSON.parse((await run(`${line} -o json`, there())).stdout)
    validated(result)
    expect(result).toMatchObject({ kind: 'WaitResult', ...expected })
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

  it('waits until the last one is gone', async () => {
    const options = at('gone')
    await register(options, 'a')
    const waiting = start('wait pay --gone', options)
    await expect.poll(() => waiting.stderr.text()).toBe('pay: 1 instance, at most 0 wanted\n')
    await done('deregister pay/a', options)
    expect((await waiting.ended).status).toBe(0)
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
