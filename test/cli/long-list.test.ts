import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Demo } from './demo.ts'
import { kratos, seed } from './seed.ts'

describe('the memory of a long list', () => {
  let demo: Demo
  beforeAll(async () => {
    demo = await Demo.open()
    const many = Array.from({ length: 1_500 }, (_, at) => kratos('many', `m-${at}`, { ttl: 3_600 }))
    await seed(demo, [...many, kratos('few', 'f-1', { ttl: 3_600 })])
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  it.each([
    ['ls --all -o ndjson', true],
    ['ls --all -o json', true],
    ['ls', false],
    ['stats', false],
    ['ls few -o ndjson', false],
  ])('is kept as small as it is, of a list that is long: %s', async (line, isKept) => {
    let times = 0
    const { status } = await demo.run(line, { keepSmall: () => times++ })
    expect(status).toBe(0)
    expect(times > 0).toBe(isKept)
  })

  it('does not grow, although much is made, by a flag that V8 has', () => {
    const growing = `
      const kept = []
      for (let at = 0; at < 3e6; at++) kept[at % 20_000] = { at, of: [at] }
      const { space_size } = v8.getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
      console.log(space_size)`
    const sizeWith = (flag: string): number =>
      Number(execFileSync(process.execPath, ['-e', `const v8 = require('node:v8'); ${flag}; ${growing}`]))
    expect(sizeWith(`v8.setFlagsFromString('--semi-space-growth-factor=1')`)).toBeLessThan(sizeWith('') / 2)
  })
})
