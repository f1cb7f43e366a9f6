import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { drivers } from '../../src/backends/index.ts'
import { silent } from '../../src/model/logger.ts'
import { parseRegistryUrl } from '../../src/model/registry-url.ts'
import { STRANGE, StrangeServer, bugsIn, everything } from './strange-answers.ts'
import { PATIENT } from '../patience.ts'

/** A Consul without nodes would say so too. */
function isRight(kind: string, body: string, step: string): boolean {
  return kind === 'consul' && body === '[]' && step === 'scan all'
}

describe('a server that answers everything alike', () => {
  let server: StrangeServer
  let folder: string
  let kubeconfig: string
  beforeAll(async () => {
    server = await StrangeServer.start()
    folder = await mkdtemp(join(tmpdir(), 'rollcall-strange-'))
    kubeconfig = join(folder, 'config')
    const cluster = { name: 'c', cluster: { server: `http://${server.endpoint}` } }
    const context = { name: 'c', context: { cluster: 'c', user: 'u' } }
    const config = {
      'current-context': 'c',
      clusters: [cluster],
      users: [{ name: 'u', user: {} }],
      contexts: [context],
    }
    await writeFile(kubeconfig, JSON.stringify(config))
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })

  const urls: Readonly<Record<string, () => string>> = {
    consul: () => `consul://${server.endpoint}`,
    nacos: () => `nacos://${server.endpoint}`,
    polaris: () => `polaris://${server.endpoint}`,
    eureka: () => `eureka://${server.endpoint}`,
    kubernetes: () => 'k8s://c?namespace=default',
    http: () => `http://${server.endpoint}/registry`,
    etcd: () => `etcd://${server.endpoint}`,
  }

  const cases = Object.keys(urls).flatMap((kind) => {
    // gRPC reads no body of HTTP/1.1, and tries again for some seconds.
    const bodies = kind === 'etcd' ? ['{}', '<html>'] : STRANGE
    return bodies.map((body) => [kind, body] as const)
  })

  it.each(cases)('is no %s, and no bug of ours: %j', async (kind, body) => {
    server.answers = { body }
    const url = parseRegistryUrl(urls[kind]?.() ?? '')
    const driver = drivers.find(({ schemes }) => schemes.includes(url.scheme))
    if (!driver) throw new Error(`no driver for ${kind}`)
    const open = () =>
      driver.open(driver.parse(url, PATIENT, { KUBECONFIG: kubeconfig }), {
        signal: new AbortController().signal,
        logger: silent,
        now: Date.now,
      })
    const settings = kind === 'kubernetes' ? { pod: 'p' } : {}
    const thrown = await everything(
      open,
      { name: 'sre', id: 'i-1', endpoints: ['http://10.0.0.1:80'] },
      { settings },
    ).catch((error: unknown) => new Map([['open', error]]))
    expect(bugsIn(thrown)).toEqual([])
    const steps = thrown.has('open') ? ['open'] : ['register', 'scan all'].filter((step) => !isRight(kind, body, step))
    expect(steps.map((step) => [step, (thrown.get(step) as { code?: string } | undefined)?.code])).toEqual(
      steps.map((step) => [step, 'wrong-server']),
    )
  })
})
