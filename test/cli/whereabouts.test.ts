import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { whereabouts } from '../../src/cli/change/confirmation.ts'
import { targetFrom } from '../../src/config/target.ts'
import { run } from './run.ts'
import { kratos, seed } from './seed.ts'

let folder: string
let env: Record<string, string>
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-where-'))
  env = { XDG_CONFIG_HOME: folder, XDG_STATE_HOME: folder }
  await run(`context add prod -r file:${join(folder, 'r.db')} --prefix /prod/`, { env })
  await run('context use prod', { env })
})
afterEach(() => rm(folder, { recursive: true }))

const under = (id: string) => ({ key: `/prod/pay/${id}`, value: kratos('pay', id).value })

describe('a place', () => {
  it.each([
    ['etcd://a', {}, 'etcd://a:2379 · default prefixes'],
    ['etcd://a', { layout: 'aio' }, 'etcd://a:2379 · prefix /aio/registry'],
    ['etcd://a', { prefix: '/p/' }, 'etcd://a:2379 · prefix /p'],
    ['etcd://a', { prefix: '' }, 'etcd://a:2379 · the whole store'],
    ['consul://a', {}, 'consul://a:8500'],
    ['nacos://a?namespace=n', {}, 'nacos://a:8848/nacos?namespace=n'],
  ] as const)('of %s with %o is %s', (url, settings, expected) => {
    const target = targetFrom(url, settings)
    expect(whereabouts({ target, readOnly: false, protected: [], protectedHours: [], origins: [] })).toBe(expected)
    const inContext = whereabouts({
      target,
      context: 'prod',
      readOnly: false,
      protected: [],
      protectedHours: [],
      origins: [],
    })
    expect(inContext).toBe(`context prod · ${expected}`)
  })

  it.each([
    'register new -e grpc://10.0.0.1:1 --dry-run',
    'renew pay/pay-1 --dry-run',
    'deregister pay/pay-1 --dry-run',
    'deregister pay --all --dry-run',
    'deregister pay/pay-1 pay/pay-2 --dry-run',
    'purge --no-lease --dry-run',
    'purge --malformed',
  ])('is named by the plan of `%s`', async (line) => {
    await seed({ env }, [under('pay-1'), under('pay-2')])
    const { stderr } = await run(line, { env })
    expect(stderr).toContain(`in context prod · file:${join(folder, 'r.db')} · prefix /prod`)
  })
})
