import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExamplePrograms, buildExamples } from '../example-programs.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

const root = resolve(import.meta.dirname, '../..')

/** Each program with what it prints, one line in any registry. */
const PRINTED: Readonly<Record<string, readonly string[]>> = {
  'guide/register': ['registered', 'created, and a heartbeat every 5000 ms', 'orders-1 http://10.0.0.7:8000'],
  'guide/discover': [
    'created 1',
    '1: orders-1 at orders-1.local:8000',
    '2: orders-1 at orders-1.local:8000',
    '2: orders-2 at orders-2.local:8000',
  ],
  'guide/cache': ['1 http://10.0.0.7:8000', '2 http://10.0.0.7:8000', '3 http://10.0.0.7:8000', 'up to date'],
  'guide/balance': ['orders-1: BadStatus', '200 orders-2', 'orders-1: BadStatus', '200 orders-2'],
  'guide/survive': ['called 10.0.0.7:8000 (by a list that is up to date)'],
  'guide/test': ['as it should be'],
  operations: [
    'wait: two are up',
    'stats: 2',
    'check: RC1301 the key has no lease: it never expires, and nothing shows that it is alive',
    'check: RC1301 the key has no lease: it never expires, and nothing shows that it is alive',
    'verify: true',
    'import: pay-1 created',
    'import: pay-2 created',
    'diff: removed pay pay-2',
    'purge: 2 1',
    'restore: done',
    'restore: done',
    'journal: true',
  ],
  names: [
    'grpc://127.0.0.1:1',
    'true true true',
    'usage true',
    'unsupported',
    'grpc://127.0.0.1:1 false',
    'true',
    '1 0 created',
    '127.0.0.1:1 true',
  ],
  grpc: ['function', 'you said hello'],
}
const names = Object.keys(PRINTED)

let programs: ExamplePrograms
beforeAll(async () => {
  programs = await buildExamples(names)
})
afterAll(() => programs[Symbol.asyncDispose]())

describe('the programs of the guide and the reference', () => {
  it.each(names)('run and end by themselves in an embedded registry: %s', async (name) => {
    const url = `file:${join(programs.folder, `${name.replace('/', '-')}.db`)}`
    expect(await programs.printed(name, url)).toEqual(PRINTED[name])
  })

  it('are all there are, and stand in the pages of the guide word for word', async () => {
    const guide = (await readdir(join(root, 'examples/guide'))).map((file) => file.replace('.ts', ''))
    expect(guide.toSorted()).toEqual(names.flatMap((name) => /^guide\/(.*)/.exec(name)?.[1] ?? []).toSorted())
    for (const name of guide) {
      const page = await readFile(join(root, 'docs/guide', `${name}.md`), 'utf8')
      expect(page).toContain(`\`\`\`ts\n${await readFile(join(root, 'examples/guide', `${name}.ts`), 'utf8')}\`\`\``)
    }
  })
})

await describeWith('etcd', 'the programs of the guide and the reference, with etcd', () => {
  it('run and end by themselves', async () => {
    await using etcd = await startEtcd()
    for (const name of names) {
      await etcd.removeAll()
      const lines = await programs.printed(name, `etcd://${etcd.endpoint}`)
      expect({ name, lines }).toEqual({ name, lines: PRINTED[name] })
    }
  })
})
