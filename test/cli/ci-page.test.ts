import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type Built, built } from './built.ts'
import { Demo } from './demo.ts'
import { shell } from './shell.ts'

const page = await readFile(join(import.meta.dirname, '../../docs/ci.md'), 'utf8')
const blocks = [...page.matchAll(/^```yaml\n([^]*?)^```/gm)].map(([, block = '']): unknown => parse(block))
const lines = blocks.flatMap(linesOf)
const ours = lines.filter((line) => line.startsWith('rollcall '))

/** What a job runs, line by line: GitHub's `run`, GitLab's `script`. */
function linesOf(part: unknown): string[] {
  if (Array.isArray(part)) return part.flatMap(linesOf)
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([key, value]) =>
    (key === 'run' || key === 'script') && value !== undefined ? [value].flat().map(String) : linesOf(value),
  )
}

let program: Built
beforeAll(async () => {
  program = await built()
})

const job = (demo: Demo, line: string) => shell(program, demo, line, { VERSION: 'v1.4.2' })

describe('docs/ci.md', () => {
  it('has a workflow for GitHub and what trusts a checkout; the others are files', () => {
    expect(blocks).toHaveLength(2)
    expect(ours).toHaveLength(2)
    expect(lines.filter((line) => !ours.includes(line))).toEqual(['npm install --global rollcall', './deploy.sh'])
    const linked = [...page.matchAll(/\]\(\.\.\/(examples\/[^)]+)\)/g)].map(([, path]) => path)
    expect(linked).toHaveLength(4)
  })

  it('has lines for a shell that pass one after the other', async () => {
    const [block = ''] = [...page.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, text]) => text)
    await using demo = await Demo.open()
    const { status, stderr } = await job(demo, block)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(' known') })
  })

  it.each([...new Set(ours)])('has lines that pass where all is well: %s', async (line) => {
    await using demo = await Demo.open()
    const { status, stderr } = await job(demo, line)
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.any(String) })
  })

  it('fails where keys are malformed', async () => {
    await using demo = await Demo.open()
    const line = ours.find((each) => each.endsWith('-o github')) ?? ''
    expect(await job(demo, line.replace('payments', 'users'))).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('::error'),
    })
  })

  it('fails where the build does not come up', async () => {
    await using demo = await Demo.open()
    const line = ours.find((each) => each.startsWith('rollcall wait')) ?? ''
    expect(await job(demo, line.replace('5m', '300ms').replace('--min 3', '--min 4'))).toMatchObject({
      status: 124,
      stdout: expect.stringContaining('payments-3'),
      stderr: expect.stringContaining('payments: 3 of 3 up match version=v1.4.2, at least 4 wanted; waited 300ms'),
    })
  })

  it('fails where a variable is empty', async () => {
    await using demo = await Demo.open()
    for (const line of ours) {
      const { status } = await job(demo, `unset ROLLCALL_REGISTRY; ${line}`)
      expect(status).toBe(2)
    }
    const line = ours.find((each) => each.includes('$VERSION')) ?? ''
    expect((await job(demo, `VERSION=; ${line}`)).status).toBe(2)
  })
})
