import { expect, it } from 'vitest'
import type { Ground } from '../ground.ts'

export function diagnosing(ground: () => Ground): void {
  it('finds no error in a registry that is well, and changes nothing', async () => {
    const backend = await ground().open()
    await ground().register(backend, ground().instance('a'))
    const before = await ground().names(backend)
    const found = await ground().diagnose()
    expect(found.filter(({ state }) => state === 'error')).toEqual([])
    expect(found).toContainEqual(expect.objectContaining({ check: 'reachable', state: 'ok' }))
    expect(found).toContainEqual(expect.objectContaining({ check: 'read', state: 'ok' }))
    expect(found.filter(({ fact, subject }) => fact === '' || subject === '')).toEqual([])
    expect(await ground().names(backend)).toEqual(before)
  })

  it('ends with its signal', async () => {
    const backend = await ground().open()
    await ground().register(backend, ground().instance('a'))
    await expect(ground().diagnose(AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
}
