import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FLEET, type Bench, type Row, medians, rollcall } from '../bench.ts'
import { clear } from '../fill.ts'
import { instance } from '../fleet.ts'
import { type CommandLine, timed } from '../process.ts'

const PROCESSES = 4
const EACH = 1_000
const PREFIX = '/registered'

/** The embedded registry beside etcd: the full list, and four processes that register a thousand instances each. */
export const embedded: Row = async (bench) => {
  const path = join(bench.folder, 'registry.db')
  const file = (...args: string[]): CommandLine => {
    const { argv, env } = rollcall(bench, ...args)
    return { argv, env: { ...env, ROLLCALL_REGISTRY: `file:${path}` } }
  }
  await fillFile(bench, file)
  const list = ['ls', '--all', '-o', 'ndjson']
  const [ours = 0, theirs = 0] = await medians(bench, [
    () => timed(bench.folder, file(...list)),
    () => timed(bench.folder, rollcall(bench, ...list)),
  ])
  const inputs = Array.from({ length: PROCESSES }, (_, part) => writeInstances(bench, part))
  const [mine = 0, etcds = 0] = await medians(bench, [
    () => {
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
      return together(
        bench,
        inputs.map((input) => file(...register(input))),
      )
    },
    async () => {
      await clear(bench.client, PREFIX)
      return together(
        bench,
        inputs.map((input) => rollcall(bench, ...register(input))),
      )
    },
  ])
  const beside = { unit: 'ms', beside: 'the same on etcd' } as const
  return [
    { work: 'embedded: full list of 100,000', ours, theirs, ...beside, most: 0.7 },
    { work: 'embedded: 1,000 registrations a process, 4 processes', ours: mine, theirs: etcds, ...beside, most: 1 },
  ]
}

function register(input: string): string[] {
  return ['register', '-f', input, '--ttl', '1h', '--prefix', PREFIX, '-q', '-o', 'name']
}

/** From a backup: restoring is the quickest way in. */
async function fillFile(bench: Bench, file: (...args: string[]) => CommandLine): Promise<void> {
  const backup = join(bench.folder, 'fleet.ndjson')
  const lines = Array.from({ length: FLEET }, (_, at) => {
    const { key, value } = instance(at)
    const [, , service] = key.split('/')
    return JSON.stringify({ id: key, service, key: base64(key), value: base64(value), ttl: 86_400 })
  })
  writeFileSync(backup, `${lines.join('\n')}\n`)
  await timed(bench.folder, file('restore', backup, '--yes', '-q'))
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function writeInstances({ folder }: Bench, part: number): string {
  const path = join(folder, `part-${part}.json`)
  const instances = Array.from({ length: EACH }, (_, at) => JSON.parse(instance(part * EACH + at).value))
  writeFileSync(path, JSON.stringify(instances))
  return path
}

async function together({ folder }: Bench, lines: readonly CommandLine[]): Promise<number> {
  const begun = performance.now()
  await Promise.all(lines.map((line) => timed(folder, line)))
  return performance.now() - begun
}
