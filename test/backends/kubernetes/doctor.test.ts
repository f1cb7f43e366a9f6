import { afterAll, beforeAll, expect, it } from 'vitest'
import { kubernetes } from '../../../src/backends/kubernetes/driver.ts'
import type { Settings } from '../../../src/backends/contract/driver.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'
import { grant, newNamespace } from '../../servers/kubernetes/objects.ts'
import { describeWith } from '../../servers/with-server.ts'
import { PATIENT } from '../../patience.ts'
import { diagnosed, errors, said } from '../diagnosed.ts'
import { KubernetesGround } from './ground.ts'

await describeWith('kubernetes', 'doctor on Kubernetes', () => {
  let ground: KubernetesGround
  let namespace: string
  beforeAll(async () => {
    ground = await KubernetesGround.create()
    namespace = await newNamespace(ground.server)
  })
  afterAll(() => ground[Symbol.asyncDispose]())

  const as = async (user: string, settings: Partial<Settings> = { namespace }) => {
    const users = ['admin', 'reader', 'nobody'].map((name) => ({ name, user: { token: `${name}-token` } }))
    const environment = { KUBECONFIG: await ground.kubeconfig(users) }
    return await diagnosed(
      kubernetes.parse(parseRegistryUrl(`k8s://${user}`), { ...settings, ...PATIENT }, environment),
    )
  }

  it('says what the API server is, and what it has permission to do', async () => {
    const found = await as('admin')
    expect(errors(found)).toEqual([])
    expect(said(found, 'version readiness clock', ground.server.endpoint)).toEqual([
      'clock ok: agrees with the clock of this machine',
      expect.stringMatching(/^version ok: Kubernetes v\d/),
      'readiness ok: the API server is ready',
    ])
    expect(said(found, 'tls')).toEqual([
      expect.stringMatching(/^tls (ok|warning|error): its certificate is valid until /),
    ])
    expect(said(found, 'namespace read write')).toEqual([
      `namespace ok: there is a namespace ${namespace}`,
      `read ok: has permission to list pods in the namespace ${namespace}`,
      `read ok: has permission to watch pods in the namespace ${namespace}`,
      `read ok: has permission to list endpointslices in the namespace ${namespace}`,
      `write ok: has permission to patch pods in the namespace ${namespace}`,
    ])
  })

  it('says so where there is no such namespace, to whoever has permission to ask', async () => {
    expect(said(await as('admin', { namespace: 'nowhere' }), 'namespace')).toEqual([
      `namespace error: kubernetes: ${ground.server.endpoint} has no namespace "nowhere"`,
    ])
    expect(said(await as('nobody', { namespace: 'nowhere' }), 'namespace')).toEqual([])
    expect(said(await as('admin', { allNamespaces: true }), 'namespace')).toEqual([])
  })

  it('names the role that gives a permission for all namespaces', async () => {
    const found = await as('nobody', { allNamespaces: true })
    expect(found.find(({ check }) => check === 'read')).toMatchObject({
      fact: 'has no permission to list pods in all namespaces',
      fix: 'a ClusterRole with list on pods, bound to this user, gives it',
    })
  })

  it('says what a user lacks, by SelfSubjectAccessReview', async () => {
    expect(said(await as('nobody'), 'read write').map((line) => line.replace(/:.*/, ''))).toEqual([
      'read error',
      'read warning',
      'read warning',
      'write warning',
    ])
    await grant(ground.server, 'reader', { namespace, verbs: ['list', 'watch'], resource: 'pods' })
    expect(said(await as('reader'), 'read write')).toEqual([
      `read ok: has permission to list pods in the namespace ${namespace}`,
      `read ok: has permission to watch pods in the namespace ${namespace}`,
      `read warning: has no permission to list endpointslices in the namespace ${namespace}`,
      `write warning: has no permission to patch pods in the namespace ${namespace}`,
    ])
  })

  it('says so where the login is not accepted', async () => {
    const users = [{ name: 'eve', user: { token: 'hushhush' } }]
    const environment = { KUBECONFIG: await ground.kubeconfig(users) }
    const found = await diagnosed(kubernetes.parse(parseRegistryUrl('k8s://eve'), { ...PATIENT }, environment))
    expect(found).toMatchObject([{ check: 'reachable', state: 'error', code: 'unauthenticated' }, { check: 'tls' }])
    expect(JSON.stringify(found)).not.toContain('hushhush')
  })

  it('says once that a plug-in gives no credentials', async () => {
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'false', interactiveMode: 'Never' }
    const environment = { KUBECONFIG: await ground.kubeconfig([{ name: 'eve', user: { exec } }]) }
    const found = await diagnosed(kubernetes.parse(parseRegistryUrl('k8s://eve'), { ...PATIENT }, environment))
    expect(errors(found)).toEqual([`${ground.server.endpoint} reachable`])
  })
})
