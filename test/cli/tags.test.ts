import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '../../src/cli/commands/index.ts'
import { Ground } from '../server/ground.ts'
import { Demo } from './demo.ts'

/** Every command that selects by tags. */
const withTags = await Promise.all(
  commands.map(async (entry) => ('tag' in (await entry.load()).options ? [entry.name] : [])),
)

let demo: Demo
beforeAll(async () => {
  demo = await Demo.open()
})
afterAll(() => demo[Symbol.asyncDispose]())

describe('--tag where there are no tags', () => {
  it.each(withTags.flat())('is refused and not read as "none matches": %s', async (name) => {
    const named = name === 'diff' ? `${demo.env['ROLLCALL_REGISTRY']} ${demo.env['ROLLCALL_REGISTRY']}` : 'payments'
    const { status, stdout, stderr } = await demo.run(`${name} ${named} --tag canary`)
    expect({ status, stdout }, stderr).toEqual({ status: 6, stdout: '' })
    expect(stderr).toContain('local has no tags\n')
    expect(stderr).toContain('leave out --tag; -l selects by metadata')
  })

  it('is refused to what excludes a tag, to lists that go on and to whole lists', async () => {
    for (const line of ['ls --all --tag !canary', 'ls -w --tag canary', 'ls --tag canary', 'stats --tag canary'])
      expect(await demo.run(line)).toMatchObject({ status: 6, stdout: '' })
  })

  it('is a matter of usage first', async () => {
    expect(await demo.run('ls --tag canary --status nix')).toMatchObject({ status: 2 })
    expect(await demo.run('ls --tag= payments')).toMatchObject({ status: 2 })
  })

  it('is refused by a server over such a registry', async () => {
    await using ground = await Ground.open('memory:')
    const ran = await demo.run('ls --all --tag canary', { env: { ROLLCALL_REGISTRY: ground.url } })
    expect(ran).toMatchObject({ status: 6, stdout: '', stderr: expect.stringContaining('http has no tags') })
  })
})
