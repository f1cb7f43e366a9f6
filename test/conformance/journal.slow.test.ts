import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { RollcallError } from '../../src/model/errors.ts'
import { KubernetesGround } from '../backends/kubernetes/ground.ts'
import type { Json } from '../cli/demo.ts'
import { type Running, run, start } from '../cli/run.ts'
import { startEureka } from '../servers/eureka/start.ts'
import { createPod } from '../servers/kubernetes/objects.ts'
import { startNacos } from '../servers/nacos/start.ts'
import { startPolaris } from '../servers/polaris/start.ts'
import { describeWith } from '../servers/with-server.ts'

const PATIENT = { timeout: 90_000, interval: 100 }

interface Where extends AsyncDisposable {
  readonly url: string
  readonly env?: Readonly<Record<string, string>>
  /** What else an instance needs to be registered. */
  readonly flags?: string
}

function at(kind: string, server: { readonly endpoint: string } & AsyncDisposable): Where {
  return { url: `${kind}://${server.endpoint}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** Etcd, Consul, ZooKeeper and the embedded registry have it over their restarts. */
const REGISTRIES = {
  eureka: async () => at('eureka', await startEureka()),
  nacos: async () => at('nacos', await startNacos()),
  polaris: async () => at('polaris', await startPolaris()),
  async kubernetes(): Promise<Where> {
    const ground = await KubernetesGround.create()
    await createPod(ground.server, 'default', { name: 'web-1', ports: [80] })
    const KUBECONFIG = await ground.kubeconfig([{ name: 'admin', user: { token: 'admin-token' } }])
    const end = () => ground[Symbol.asyncDispose]()
    return { url: 'k8s://admin', env: { KUBECONFIG }, flags: '--pod web-1', [Symbol.asyncDispose]: end }
  },
} satisfies Readonly<Record<string, () => Promise<Where>>>

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-journals-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** `type` of each event of the service that a watch has printed. */
const told = ({ stdout }: Running): string[] =>
  stdout
    .text()
    .split('\n')
    .slice(0, -1)
    .map((line): Json => JSON.parse(line))
    .filter(({ instance }) => instance?.name === 'web')
    .map(({ type }) => type)

for (const kind of ['eureka', 'nacos', 'polaris', 'kubernetes'] as const)
  await describeWith(kind, `a journal of ${kind}`, () => {
    it('has who came and went, also while nobody wrote it, and what was there', { timeout: 400_000 }, async () => {
      await using where = await REGISTRIES[kind]()
      const { url, env = {}, flags = '' } = where
      const stop = new AbortController()
      const end = () => stop.abort(new RollcallError('interrupted', 'interrupted'))
      const options = { cwd: folder, env }
      const watching = { ...options, signal: stop.signal }
      const watch = `watch --journal j.db -o ndjson -r ${url}`
      const history = async (more: string): Promise<Json[]> => {
        const { status, stdout, stderr } = await run(`history web --journal j.db -o json -r ${url} ${more}`, options)
        expect(status, stderr).toBe(0)
        return JSON.parse(stdout).items
      }
      try {
        const journal = start(watch, watching)
        await expect.poll(() => journal.stdout.text(), PATIENT).toContain('"synced"')
        const kept = start(`register web --id w1 -e http://10.0.0.1:80 --keep-alive ${flags} -r ${url}`, watching)
        await expect.poll(() => told(journal), PATIENT).toContain('added')
        await expect.poll(() => kept.stderr.text(), PATIENT).toContain('kept alive')
        const [there] = await history('--at 0s')
        expect(there).toMatchObject({ name: 'web', endpoints: [expect.stringContaining('10.0.0.1:80')] })
        end()
        await Promise.all([journal.ended, kept.ended])
        const again = new AbortController()
        const second = start(watch, { ...options, signal: again.signal })
        await expect.poll(() => told(second), PATIENT).toEqual([])
        await expect.poll(() => second.stdout.text(), PATIENT).toContain('"synced"')
        again.abort(new RollcallError('interrupted', 'interrupted'))
        await second.ended
        const events = await history('')
        expect(events.filter(({ type }) => type === 'added')).toHaveLength(1)
        expect(events.filter(({ type }) => type === 'gap').length).toBeGreaterThan(0)
        expect(events.filter(({ type }) => type === 'removed')).toMatchObject([{ service: 'web', id: there.id }])
      } finally {
        end()
      }
    })
  })
