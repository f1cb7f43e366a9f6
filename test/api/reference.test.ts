import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { pages } from '../../build/api.mjs'
import { PRINTED } from '../example-output.ts'

const folder = resolve(import.meta.dirname, '../../docs/api')

let written: ReadonlyMap<string, string>
beforeAll(() => {
  written = pages()
})

describe('the reference', () => {
  it.each(['rollcall', 'testing', 'grpc', 'fetch', 'mentioned'])(
    'has the exported surface as it is: run `npm run api`, and say in the changelog what has changed: %s',
    async (page) => {
      expect(written.get(`${page}.md`)).toBe(await readFile(join(folder, `${page}.md`), 'utf8'))
    },
  )

  it('has every type to its end, also those with comments within', () => {
    const types = [...written.values()].flatMap((page) => page.match(/```ts\ntype .*?\n```/gs) ?? [])
    expect(types.length).toBeGreaterThan(30)
    expect(types.filter((type) => !type.endsWith(';\n```'))).toEqual([])
    expect(written.get('rollcall.md')).toContain("readonly type: 'retrying';")
  })

  it('says of every export what it is, and shows it in a program that a test runs', () => {
    const sections = ['rollcall', 'testing', 'grpc', 'fetch'].flatMap(
      (page) => written.get(`${page}.md`)?.split('\n## ').slice(1) ?? [],
    )
    expect(sections.length).toBeGreaterThan(100)
    expect(sections.filter((section) => /^\w+\n\n```ts/.test(section))).toEqual([])
    const shown = new Map(
      sections.map((section) => [section.split('\n')[0], /\nUsed in \[(.*?)\.ts\].*:\n\n```ts\n/.exec(section)?.[1]]),
    )
    expect([...shown].filter(([, program = '']) => !(program in PRINTED))).toEqual([])
  })

  it('says of every function that waits for something what it throws', () => {
    const functions = (written.get('rollcall.md')?.split('\n## ') ?? []).filter((section) =>
      /\nfunction [^]*\): (Promise|AsyncGenerator|AsyncIterable)</.test(section),
    )
    expect(functions.length).toBeGreaterThan(25)
    expect(functions.filter((section) => !section.includes('\nThrows ')).map((each) => each.split('\n')[0])).toEqual([])
  })

  it('has no comment without what it is about', () => {
    expect([...written.values()].flatMap((page) => page.match(/^ *\/\*\*.*\*\/\n *(?:\/\*\*|\}).*$/gm) ?? [])).toEqual(
      [],
    )
  })
})
