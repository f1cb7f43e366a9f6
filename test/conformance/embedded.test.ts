import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { local } from '../../src/backends/local/driver.ts'
import { silent } from '../../src/model/logger.ts'
import type { LayoutName } from '../../src/model/observed.ts'
import type { Registry } from './ground.ts'
import { kvRegistry, targetOf } from './kv-registry.ts'
import { WRITTEN, conformance, partsOf } from './suite.ts'

for (const layout of ['auto', ...WRITTEN] as const)
  conformance(`embedded, layout ${layout}`, local.capabilities(layout), () => registryIn(layout), {
    parts: partsOf(layout),
  })

async function registryIn(layout: LayoutName | 'auto'): Promise<Registry> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-conformance-'))
  const url = `file:${join(folder, 'registry.db')}`
  await create(url)
  return kvRegistry({ driver: local, url, layout, close: () => rm(folder, { recursive: true }) })
}

/** The file is made by the first write. */
async function create(url: string): Promise<void> {
  const target = targetOf(local, url, 'kratos')
  await using backend = await local.open(target, {
    signal: new AbortController().signal,
    logger: silent,
    now: Date.now,
  })
  const made = await backend.register({ name: 'first', id: 'write' }, {})
  await made[Symbol.asyncDispose]()
}
