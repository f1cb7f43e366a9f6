import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from './run.ts'
import { kratos, seed } from './seed.ts'
import { tcp } from '../client/purge/speakers.ts'

let folder: string
let env: Record<string, string>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-completion-'))
  env = { ROLLCALL_REGISTRY: `file:${join(folder, 'r.db')}`, XDG_CONFIG_HOME: folder, HOME: folder }
  await seed({ env }, [
    kratos('payments', 'payments-1'),
    kratos('payments', 'payments-2'),
    kratos('pay:v2', 'p-1'),
    kratos('$(touch evil)', 'e-1'),
    kratos('two words', 't-1'),
    { key: '/microservices/junk/j', value: 'junk' },
  ])
  await run('context add prod --registry memory:', { env })
})
afterAll(() => rm(folder, { recursive: true }))

/** The words that are offered for a line; what is behind the last blank is being typed. */
async function offered(line: string): Promise<string[]> {
  const words = line.split(' ')
  const { status, stdout, stderr } = await run(['completion', 'request', '--', ...words], { env, cwd: folder })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((text) => text.split('\t')[0] ?? '')
}

describe('completion', () => {
  it.each<[string, string[]]>([
    ['check', ['check-keys']],
    ['--registry memory: che', ['check-keys']],
    ['wait --mi', ['--min']],
    ['purge --no', ['--no-lease', '--no-headers', '--no-proxies']],
    ['ls --status un', ['unknown', 'unhealthy']],
    ['ls -o nd', ['ndjson']],
    ['ls --output=js', ['--output=json']],
    ['ls --layout k', ['kitex', 'kratos', 'kratos-scheme']],
    ['check-keys --severity w', ['warning']],
    ['purge --rule RC1101', ['RC1101']],
    ['-c ', ['prod']],
    ['context ', ['add', 'use', 'ls', 'show', 'rm']],
    ['context use p', ['prod']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['schema InstanceL', ['InstanceList']],
    ['restore ', [':files']],
    ['purge --backup ', [':files']],
    ['diff p', ['prod']],
    ['diff prod ./', [':files']],
    ['diff prod prod p', []],
    ['diff a b --only i', ['instances']],
    ['ls pay', ['pay:v2', 'payments']],
    ['ls ', ['pay:v2', 'payments']],
    ['wait paym', ['payments']],
    ['get paym', ['payments']],
    ['get payments/', ['payments/payments-1', 'payments/payments-2']],
    ['get payments payments-', ['payments-1', 'payments-2']],
    ['deregister payments/payments-1 paym', ['payments']],
    ['ls -r memory: p', []],
    ['ls -r nonsense:x p', []],
    ['ls --nonsense p', []],
    ['nonsense p', []],
    ['--nonsense p', []],
    ['version ', []],
    ['wait --min ', []],
  ])('offers for "%s"', async (line, words) => {
    await expect.poll(async () => (await offered(line)).toSorted(), { timeout: 10_000 }).toEqual(words.toSorted())
  })

  it('offers every command, and none twice', async () => {
    const words = await offered('')
    expect(words).toContain('purge')
    expect(new Set(words).size).toBe(words.length)
  })

  it('says what each is for', async () => {
    const { stdout } = await run(['completion', 'request', '--', 'wa'], { env })
    expect(stdout).toMatch(/^watch\ta snapshot, then every change as it comes\nwait\t/)
  })

  it('does not wait for a registry that does not answer', async () => {
    await using silent = await tcp()
    // Whoever waited for it would wait longer than this test may take.
    const line = `ls -r etcd://${silent.address} --request-timeout 10m`
    expect(await offered(`${line} p`)).toEqual([])
    expect(await offered(`${line} --mi`)).toEqual([])
  })

  it('knows three shells', async () => {
    expect(await run('completion powershell', { env })).toMatchObject({ status: 2 })
    expect(await run('completion', { env })).toMatchObject({ status: 2 })
    expect(await run('completion bash more', { env })).toMatchObject({ status: 2 })
  })
})
