import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cached, cacheFolder, onPath } from '../cache.ts'
import type { Provisioned, ServerKind } from '../kinds.ts'

const run = promisify(execFile)
const MODULE = import.meta.dirname
const COMMANDS = { etcd: 'go.etcd.io/etcd/server/v3', etcdctl: 'go.etcd.io/etcd/etcdctl/v3' }

/** etcd and etcdctl: an endpoint in ROLLCALL_TEST_ETCD, PATH, the cache, else built with Go at the versions of go.mod. */
export const etcd: ServerKind = {
  name: 'etcd',
  async provision(progress): Promise<Provisioned> {
    const endpoint = process.env['ROLLCALL_TEST_ETCD']
    const enough = endpoint !== undefined && process.env['ROLLCALL_TEST_REQUIRE'] !== 'all'
    const programs = (await fromPath()) ?? (await fromCache()) ?? (enough ? undefined : await build(progress))
    return { ...(endpoint ? { endpoint } : {}), ...(programs ? { programs } : {}) }
  },
}

async function fromPath(): Promise<Provisioned['programs']> {
  const [server, control] = await Promise.all([onPath('etcd'), onPath('etcdctl')])
  return server && control ? { etcd: server, etcdctl: control } : undefined
}

async function fromCache(): Promise<Provisioned['programs']> {
  const folder = await cache()
  return existsSync(folder) ? programsIn(folder) : undefined
}

async function build(progress: (line: string) => void): Promise<Provisioned['programs']> {
  const go = await onPath('go')
  if (!go) throw new Error('it is not on PATH, and there is no Go to build it; install etcd and etcdctl, or Go 1.25')
  const folder = await cached(await cache(), async (temporary) => {
    const started = Date.now()
    for (const [name, command] of Object.entries(COMMANDS)) {
      progress(`building ${name} with Go, once for all runs`)
      const args = ['build', '-trimpath', '-ldflags=-s -w', '-o', join(temporary, name), command]
      await run(go, args, { cwd: MODULE, env: { ...process.env, CGO_ENABLED: '0' }, maxBuffer: 1 << 26 })
    }
    progress(`etcd is built, in ${Math.round((Date.now() - started) / 1000)} s`)
  })
  return programsIn(folder)
}

async function cache(): Promise<string> {
  const pins = await Promise.all(['go.mod', 'go.sum'].map((file) => readFile(join(MODULE, file), 'utf8')))
  return cacheFolder('etcd', pins)
}

function programsIn(folder: string): Record<string, string> {
  return Object.fromEntries(Object.keys(COMMANDS).map((name) => [name, join(folder, name)]))
}
