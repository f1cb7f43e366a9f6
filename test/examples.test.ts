import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../src/index.ts'

const run = promisify(execFile)
const root = resolve(import.meta.dirname, '..')
const names = ['register-and-keep-alive', 'renew-service', 'discover', 'watch', 'scan-malformed']

let built: string
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-examples-'))
  // Below node_modules, so that what an example imports is found.
  built = await mkdtemp(join(root, 'node_modules', '.rollcall-examples-'))
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `examples/${name}.ts`),
    outdir: built,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    alias: { rollcall: join(root, 'src/index.ts') },
    platform: 'node',
    target: 'node20',
    format: 'esm',
  })
})

afterAll(async () => {
  await rm(built, { recursive: true, force: true })
  await rm(folder, { recursive: true, force: true })
})

async function linesOf(name: string, url = `file:${join(folder, `${name}.db`)}`): Promise<string[]> {
  const { stdout } = await run(process.execPath, [join(built, `${name}.mjs`), url])
  return stdout.trimEnd().split('\n')
}

describe('the examples', () => {
  it('register, keep alive, and deregister when the block ends', async () => {
    const url = `file:${join(folder, 'kept.db')}`
    expect(await linesOf('register-and-keep-alive', url)).toEqual([
      'registered',
      '/microservices/orders/orders-1 for 15 seconds, and again every 5000 ms',
      'orders-1 grpc://10.0.0.7:9000',
    ])
    await using registry = await connect(url)
    expect(await registry.getService('orders', { all: true })).toEqual([])
  })

  it('renew what is registered, and leave it as it is', async () => {
    const url = `file:${join(folder, 'renewed.db')}`
    expect(await linesOf('renew-service', url)).toEqual(['user-service-1 is renewed every 10 s', 'up'])
    await using registry = await connect(url)
    expect(await registry.getService('user-service')).toMatchObject([{ id: 'user-service-1' }])
  })

  it('discover from memory', async () => {
    expect(await linesOf('discover')).toEqual(['dial 10.0.0.7:9000', 'up to date'])
  })

  it('watch the whole list', async () => {
    expect(await linesOf('watch', 'memory:')).toEqual(['at first: 0', 'registered: orders-1', 'deregistered: 0'])
  })

  it('scan what is malformed', async () => {
    const url = `file:${join(folder, 'malformed.db')}`
    await using registry = await connect(url)
    await registry.register({ name: 'orders', id: 'orders-1' }, { keepAlive: false })
    const body = Buffer.from('{"id":"host-7","name":"","version":"","metadata":null,"endpoints":null}')
    const lost = { id: '/microservices//host-7', service: '', body, ttlGranted: null }
    for await (const outcome of registry.client.restore([lost])) expect(outcome.result).toBe('done')
    const lines = await linesOf('scan-malformed', url)
    expect(lines).toHaveLength(3)
    expect(lines).toContain('orders orders-1 up')
    expect(lines.find((line) => line.startsWith('/microservices//host-7'))).toContain(' empty-name ')
    expect(lines.at(-1)).toBe('1 malformed')
  })
})
