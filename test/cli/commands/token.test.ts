import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Bin } from '../bin.ts'
import { Demo } from '../demo.ts'

let demo: Demo
let bin: Bin
beforeAll(async () => {
  ;[demo, bin] = await Promise.all([Demo.open(), Bin.build()])
})
afterAll(() => Promise.all([bin[Symbol.asyncDispose](), demo[Symbol.asyncDispose]()]))

const together = (lines: readonly string[]) =>
  Promise.all(lines.map((line) => bin.start(line.split(' '), { env: demo.env }).ended))
const names = async () => (await demo.json('token ls')).items.map(({ name }: { name: string }) => name).toSorted()

it('processes that add and remove tokens at the same time all have their way', async () => {
  const [old, fresh] = ['old', 'new'].map((word) => Array.from({ length: 12 }, (_, at) => `${word}-${at}`))
  const added = await together(old?.map((name) => `token add ${name} --role admin`) ?? [])
  expect(added.map(({ status }) => status)).toEqual(added.map(() => 0))
  expect(await names()).toEqual(old?.toSorted())
  const mixed = await together([
    ...(old?.map((name) => `token rm ${name}`) ?? []),
    ...(fresh?.map((name) => `token add ${name} --role viewer`) ?? []),
  ])
  expect(mixed.map(({ status }) => status)).toEqual(mixed.map(() => 0))
  expect(await names()).toEqual(fresh?.toSorted())
  expect((await readdir(`${demo.folder}/rollcall`)).filter((name) => name.startsWith('tokens'))).toEqual([
    'tokens.json',
  ])
}, 120_000)
