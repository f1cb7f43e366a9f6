import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { clusterIn } from '../../../src/backends/kubernetes/target.ts'
import { settled, targetFrom } from '../../../src/config/target.ts'

describe('a target of Kubernetes, for people', () => {
  let folder: string
  let KUBECONFIG: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rollcall-settle-'))
    KUBECONFIG = join(folder, 'config')
    await current('blue')
  })
  afterEach(() => rm(folder, { recursive: true }))

  const current = (context: string | undefined): Promise<void> =>
    writeFile(
      KUBECONFIG,
      JSON.stringify({
        'current-context': context,
        contexts: [
          { name: 'blue', context: { cluster: 'c', namespace: 'shop' } },
          { name: 'green', context: { cluster: 'd' } },
        ],
      }),
    )
  const displayOf = async (url: string, settings: Partial<Settings> = {}, env = {}): Promise<string> =>
    (await settled(targetFrom(url, settings, { KUBECONFIG, ...env }))).display

  it('names the context that is current, and its namespace', async () => {
    expect(await displayOf('k8s:')).toBe('k8s://blue?namespace=shop')
    await current('green')
    expect(await displayOf('k8s:')).toBe('k8s://green?namespace=default')
  })

  it('names the namespace of a context that the URL names, unless one is given, or all are', async () => {
    expect(await displayOf('k8s://green')).toBe('k8s://green?namespace=default')
    expect(await displayOf('k8s://blue?namespace=a')).toBe('k8s://blue?namespace=a')
    expect(await displayOf('k8s://blue', { namespace: 'b' })).toBe('k8s://blue?namespace=b')
    expect(await displayOf('k8s:', { allNamespaces: true })).toBe('k8s://blue (all namespaces)')
  })

  it('holds on to the context, whichever is current when it is opened', async () => {
    const target = await settled(targetFrom('k8s:', {}, { KUBECONFIG }))
    expect(clusterIn(target).cluster.context).toBe('blue')
  })

  it('leaves to the opening what cannot be read or is not there', async () => {
    expect(await displayOf('k8s://red')).toBe('k8s://red')
    await current(undefined)
    expect(await displayOf('k8s:')).toBe('k8s://')
    await writeFile(KUBECONFIG, '[')
    expect(await displayOf('k8s:')).toBe('k8s://')
    await rm(KUBECONFIG)
    expect(await displayOf('k8s:')).toBe('k8s://')
  })

  it('says so of the cluster of its own Pod', async () => {
    const pod = { KUBECONFIG: '', KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    expect(await displayOf('k8s:', { namespace: 'a' }, pod)).toBe('k8s://?namespace=a (the cluster of this Pod)')
  })
})
