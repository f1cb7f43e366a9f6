import { it } from 'vitest'
import { ends } from '../../ending/ends.ts'
import { WAYS } from '../../ending/ways.ts'
import type { Ground } from '../ground.ts'

/** What a program leaves behind that has closed the library: nothing that keeps its process. */
export function ending(ground: () => Ground): void {
  it('lets a process end that has watched, waited, balanced and kept alive', async () => {
    const { registry } = ground()
    const backend = await ground().open()
    // So that there is something to watch, and every service is of one kind.
    await ground().register(backend, ground().instance('i-first', { service: 'other' }))
    const uses: Record<string, { instance: ReturnType<Ground['instance']>; options: object }> = {}
    for (const [at, way] of WAYS.entries()) {
      const instance = ground().instance(`i-${way}`, { service: `ending-${way}`, port: 9010 + 2 * at })
      await registry.prepare?.(instance)
      uses[way] = { instance, options: { ...registry.options, ...registry.optionsFor?.(instance) } }
    }
    const { env, ...named } = registry.named()
    await ends({ ...named, uses }, env)
  })
}
