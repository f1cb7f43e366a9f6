import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Built, built } from './built.ts'
import { Demo } from './demo.ts'
import { shell } from './shell.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/cookbook.md'), 'utf8')
const blocks = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block)

describe('docs/cookbook.md', () => {
  let program: Built
  let demo: Demo
  beforeAll(async () => {
    program = await built()
    demo = await Demo.open()
  })
  afterAll(() => demo[Symbol.asyncDispose]())

  it('has twenty-four tasks', () => {
    expect(page.match(/^## /gm)).toHaveLength(24)
  })

  it.each(blocks)('does what it says: %s', async (block) => {
    const status = Number(/^# status (\d+)/.exec(block)?.[1] ?? 0)
    const ran = await shell(program, demo, block)
    expect({ status: ran.status, said: ran.stdout + ran.stderr }).toEqual({ status, said: expect.stringMatching(/./) })
  })

  it('leaves what it says', async () => {
    const { stdout } = await demo.run('ls --all -o name')
    expect(stdout).not.toMatch(/search-(old|1)$/m)
    expect(stdout).toContain('payments/payments-2')
    expect((await demo.run('check-keys --rule RC1001')).status).toBe(1)
  })
})
