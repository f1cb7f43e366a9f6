import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/client/client.ts'
import { patientTarget } from '../patience.ts'
import { Relay } from '../servers/relay.ts'
import { type Fresh, onEmbeddedAndEtcd } from './embedded-and-etcd.ts'
import { type Killable, PATIENCE, type Sending, killing, passed, ran, sometimeIn, stored } from './killing.ts'
import { run } from './run.ts'

/** More than are registered together. */
const INSTANCES = 1_200
const SERVICES = 20

/** What goes is all that a service has until the rest is registered. */
const PRUNING = ['--prune', '--yes', '--max-percent', '100']

let folder: string
let file: string
let source: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-killed-'))
  file = join(folder, 'all.ndjson')
  const lines = Array.from({ length: INSTANCES }, (_, at) => {
    const name = `service-${String(Math.floor((at * SERVICES) / INSTANCES)).padStart(2, '0')}`
    return JSON.stringify({ id: `i-${at}`, name, version: `v${at % 9}`, endpoints: [`grpc://10.0.0.1:${1000 + at}`] })
  })
  await writeFile(file, `${lines.join('\n')}\n`)
  source = `file:${join(folder, 'source.db')}`
  expect(await run(['import', file, '-q', '-r', source])).toMatchObject({ status: 0 })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function empty(registry: string): Promise<void> {
  await using client = await Client.open(patientTarget(registry))
  for await (const { records } of client.backend.scan({}))
    for await (const { result } of client.remove(records)) expect(result).toBe('done')
}

/** What kills a command at random, by how much it has sent and received. It is run once to its end. */
async function byBytes(command: Sending): Promise<(kill: number) => Promise<unknown>> {
  const bytes = await passed(command)
  return () => passed(command, bytes * Math.random())
}

/** The same by the clock, every other time counted from its first output, which is printed batch by batch. It is run twice to its end. */
async function byTime(command: Killable, again: () => Promise<void>): Promise<(kill: number) => Promise<unknown>> {
  const time = await ran(command)
  await again()
  const output = { ...command, isUnderWay: 'output' } as const
  const writing = await ran(output)
  return (kill) => (kill % 2 === 0 ? ran(output, writing * Math.random()) : ran(command, sometimeIn(time)))
}

function suite(fresh: Fresh): void {
  it.each([
    ['an import', (registry: string) => ['import', file, '-r', registry]],
    ['a copy', (registry: string) => ['copy', source, registry]],
  ] as const)('%s is finished by the next', { timeout: PATIENCE }, async (_, wordsFor) => {
    const registry = await fresh()
    await using relay = registry.startsWith('etcd:') ? await Relay.to(Number(new URL(registry).port)) : undefined
    const wordsTo = (target: string) => [...wordsFor(target), ...PRUNING, '-q', '-o', 'ndjson']
    const words = wordsTo(registry)
    const env = { XDG_STATE_HOME: folder }
    // One in each of two services that the source has not, for --prune.
    const strange = async () => {
      for (const service of ['service-00', 'service-19']) {
        const line = `register ${service} --id other -e grpc://10.0.0.9:1 --ttl none -q -r ${registry}`
        expect(await run(line, { env })).toMatchObject({ status: 0 })
      }
    }
    const again = async () => {
      await empty(registry)
      await strange()
    }
    await strange()
    const kill = relay
      ? await byBytes({ words: wordsTo(`etcd://${relay.endpoint}`), env, relay })
      : await byTime({ words, env }, again)
    const whole = await stored(registry)
    expect(whole.size).toBe(INSTANCES)
    await killing(async (at) => {
      await again()
      await kill(at)
      const after = await stored(registry)
      // Nothing that is half written, and nothing that the source has not.
      for (const [key, value] of after) if (!key.endsWith('/other')) expect(value).toBe(whole.get(key))
      const next = await run(words, { env })
      expect(next, next.stderr).toMatchObject({ status: 0 })
      expect(await stored(registry)).toEqual(whole)
      return after.size > 2 && after.size < INSTANCES
    })
    const last = await run([...wordsFor(registry), ...PRUNING], { env })
    expect(last).toMatchObject({ status: 0, stdout: '', stderr: expect.stringContaining('nothing to change') })
  })
}

await onEmbeddedAndEtcd('what is killed while it registers', suite)
