import { readFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExamplePrograms, buildExamples } from '../example-programs.ts'
import { PRINTED } from '../example-output.ts'
import { startEtcd } from '../servers/etcd/start.ts'
import { describeWith } from '../servers/with-server.ts'

const root = resolve(import.meta.dirname, '../..')

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

  it.each(['guide', 'types'])('are all there are in examples/%s', async (folder) => {
    const files = await readdir(join(root, 'examples', folder))
    const paths = files.map((file) => `${folder}/${file.replace('.ts', '')}`)
    expect(names.filter((name) => name.startsWith(`${folder}/`)).toSorted()).toEqual(paths.toSorted())
  })

  it('stand in the pages of the guide word for word', async () => {
    for (const name of names.flatMap((each) => /^guide\/(.*)/.exec(each)?.[1] ?? [])) {
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
