import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Bin } from './bin.ts'

describe('a current folder that has been removed', () => {
  let bin: Bin
  beforeAll(async () => {
    bin = await Bin.build()
  })
  afterAll(() => bin[Symbol.asyncDispose]())

  const gone = (line: string) => bin.shell(`cd "$(mktemp -d)" && rmdir "$PWD" && $ROLLCALL ${line}`).ended

  it.each(['ls', 'ls -r file:./registry.db', 'context ls', 'purge --yes', 'trust', 'version'])(
    'is a plain error for `%s`',
    async (line) => {
      expect(await gone(line)).toEqual({
        status: 2,
        stdout: '',
        stderr: 'rollcall: the current folder no longer exists\n  change to another one: cd\n',
      })
    },
  )

  it('is one for programs too, and does not keep help from being shown', async () => {
    const { status, stderr } = await gone('ls -o json')
    expect({ status, error: JSON.parse(stderr) }).toMatchObject({ status: 2, error: { kind: 'Error', code: 'usage' } })
    expect(await gone('--help')).toMatchObject({ status: 0, stderr: '' })
    expect(await gone("completion request -- ls ''")).toMatchObject({ stdout: '' })
  })
})
