import { delimiter } from 'node:path'
import { describe, expect, it } from 'vitest'
import { kubernetes } from '../../../src/backends/kubernetes/driver.ts'
import { completeTarget } from '../../../src/backends/kubernetes/target.ts'
import { targetFrom } from '../../../src/config/target.ts'
import { parseRegistryUrl } from '../../../src/model/registry-url.ts'

const SETTINGS = { requestTimeout: 5_000, aioTtl: 30_000 }
const parse = (url: string, settings = {}, environment = {}) =>
  completeTarget(parseRegistryUrl(url), { ...SETTINGS, ...settings }, environment)

describe('k8s URLs', () => {
  it.each([
    ['k8s://prod', 'prod'],
    ['k8s://prod/', 'prod'],
    ['k8s:prod', 'prod'],
    ['k8s://kubernetes-admin@kubernetes', 'kubernetes-admin@kubernetes'],
    ['k8s://gke_my-project_europe-west1_main', 'gke_my-project_europe-west1_main'],
    ['k8s://arn:aws:eks:eu-west-1:123456789012:cluster/main', 'arn:aws:eks:eu-west-1:123456789012:cluster/main'],
    ['k8s://my%20cluster', 'my cluster'],
    ['k8s:', undefined],
    ['k8s://?namespace=prod', undefined],
  ])('%s means the context %s', (url, context) => {
    expect(parse(url).cluster.context).toBe(context)
  })

  it('name contexts with an @, also where the settings take what is before it for a user', () => {
    const { cluster } = parse('k8s://kubernetes-admin@kubernetes', { user: 'kubernetes-admin' })
    expect(cluster.context).toBe('kubernetes-admin@kubernetes')
    expect(() => parse('k8s://kubernetes-admin@kubernetes', { user: 'me' })).toThrow('takes no user')
  })

  it('take the namespace from flags, else from the URL', () => {
    expect(parse('k8s://prod?namespace=a').namespace).toBe('a')
    expect(parse('k8s://prod?namespace=a', { namespace: 'b' })).toMatchObject({
      namespace: 'b',
      display: 'k8s://prod?namespace=b',
    })
    expect(parse('k8s://prod', { allNamespaces: true }).display).toBe('k8s://prod (all namespaces)')
    expect(targetFrom('k8s://prod', { namespace: 'c' })).toMatchObject({ driver: 'kubernetes', namespace: 'c' })
  })

  it('take clusters, and how they are reached, from the environment', () => {
    const { cluster } = parse(
      'k8s:',
      {},
      {
        KUBECONFIG: ['/a', '', '/b'].join(delimiter),
        KUBERNETES_SERVICE_HOST: 'fd00::1',
        HTTPS_PROXY: 'http://proxy:3128',
        NO_PROXY: '.internal, 10.0.0.1',
      },
    )
    expect(cluster).toEqual({
      context: undefined,
      kubeconfig: ['/a', '/b'],
      inCluster: '[fd00::1]:443',
      proxy: { url: 'http://proxy:3128', except: ['.internal', '10.0.0.1'] },
    })
  })

  it.each([
    ['k8s://prod?prefix=/a', {}],
    ['k8s://prod', { prefix: '/microservices' }],
    ['k8s://prod', { user: 'me', password: 'secret' }],
    ['k8s://prod', { layout: 'aio' as const }],
    ['k8s://prod?group=g', {}],
  ])('refuses what it has not: %s %o', (url, settings) => {
    expect(() => targetFrom(url, settings)).toThrow(expect.objectContaining({ code: 'usage' }))
  })

  it('has a variable for each that it reads', () => {
    const read = new Set<string>()
    const environment = new Proxy(
      {},
      {
        get(_, name) {
          read.add(String(name))
          return name === 'https_proxy' ? 'http://proxy' : undefined
        },
      },
    )
    parse('k8s:', {}, environment)
    expect([...read].toSorted()).toEqual(kubernetes.environment.map(({ name }) => name).toSorted())
  })
})
